import { url } from "./addressing";
import { count, group, kind, kinds, text } from "./field";

const region = text(/^[a-z0-9][a-z0-9-]{0,62}$/, "Region that requests are signed for. Default: us-east-1.", {
    is: "a region",
    rule: "the server compares it with its own",
    write: "write the server's region, or leave it out",
});

function bucketName(meaning: string) {
    return text(/^(?!xn--|sthree-)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, meaning, {
        is: "the name of a bucket",
        rule: "S3 takes 3 to 63 lower-case letters, digits, dots and hyphens",
        write: "write one like homelab-longhorn",
    });
}

const keepDumpsDays = count(
    "Days in which dumps of databases and of Jellyfin's configuration are kept, and a cluster of databases can go back to any " +
        "moment. The seven newest dumps stay whatever their age. Default: 90.",
    { min: 7, max: 3650, rule: "what went wrong is often noticed weeks later, and what is kept is paid for" },
).default(90);

const ownServer = group("A server of your own that speaks S3; the buckets are made by you.", {
    kind: kind("s3", "s3: a server of your own, such as MinIO or Garage on the NAS. Its key is a secret."),
    endpoint: url("Address of the server, as machines and pods reach it.", {
        schemes: ["https", "http"],
        only: (parsed) => parsed.pathname === "/" && parsed.search === "",
        is: "the address of a server that speaks S3",
        rule: "https (or http in a network of your own), without a path",
        write: "write one like https://nas.example.org:9000",
    }),
    region: region.default("us-east-1"),
    buckets: group("The buckets, which must be there.", {
        longhorn: bucketName("Backups of volumes. Default: homelab-longhorn.").default("homelab-longhorn"),
        databases: bucketName("Dumps and archives of databases. Default: homelab-databases.").default(
            "homelab-databases",
        ),
        etcd: bucketName("Snapshots of the cluster's own state. Default: homelab-etcd.").default("homelab-etcd"),
    }).prefault({}),
    keepDumpsDays,
});

/** Where backups go: to buckets at AWS, to a server of one's own, or, said so, nowhere. */
export const objectStorageSchema = kinds(
    [
        group("Buckets at AWS, which the program makes.", {
            kind: kind("aws", "aws: buckets at AWS (area aws), made by the program, each with a user of its own."),
            keepDumpsDays,
        }),
        ownServer,
        group("No backups.", {
            kind: kind("none", "none: nothing is kept outside the house's own disks."),
            reason: text(/\S+\s+\S+\s+\S+/, "Why this house goes without backups.", {
                is: "a reason",
                rule: "who goes without says why, in three words or more",
                write: "write a sentence, or choose kind: aws or kind: s3",
            }),
        }),
    ],
    "Where backups go: volumes, database dumps, etcd snapshots.",
    {
        rule: "what is only in the house is lost with it, so every house says where its backups go",
        write: "write it with kind: aws, kind: s3 or kind: none below",
    },
);
