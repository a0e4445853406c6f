import { url } from "./addressing";
import { choice, count, group, list, text } from "./field";
import { domain } from "./naming";

const zone = group("The zone at Route 53 in which the house's names are. Left out, no certificate is proven there.", {
    name: domain("The zone's name; house.domain is this or below it."),
    hostedZoneId: text(/^Z[A-Z0-9]{1,31}$/, "Id of the zone.", {
        is: "the id of a zone",
        rule: "a name may belong to a public and a private zone, so the id is asked for",
        write: "copy it from `aws route53 list-hosted-zones`, without /hostedzone/",
    }),
});

const previews = group("A role for previews in GitHub's workflows. Left out, there is none.", {
    repository: text(/^[\w.-]+\/[\w.-]+$/, "Repository whose workflows may take the role on.", {
        is: "a repository",
        rule: "the role trusts one repository only",
        write: "write <owner>/<name>",
    }),
    environments: list(
        text(/^[\w.-]{1,255}$/, "Name of an environment.", {
            is: "the name of an environment",
            rule: "letters, digits, hyphens, underscores and dots",
            write: "write one like preview-prod",
        }),
        "Environments of the repository in which the role may be taken on, `preview-prod` in the workflows of this repository.",
        { min: 1, max: 10, rule: "the role is bound to environments, which may ask for a reviewer" },
    ),
    tokenService: choice(
        ["made", "existing"],
        "Whether the account's trust in GitHub's token service is made here or is there already. Default: made.",
        "an account has it once, for all its repositories",
    ).default("made"),
    stateBucket: text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "Bucket of Pulumi's state, for the role to read.", {
        is: "the name of a bucket",
        rule: "a preview compares with the state",
        write: "write the bucket of `pulumi login s3://<bucket>`, or leave it out",
    }).optional(),
});

/** What the house keeps at AWS; keys come from the usual AWS credential chain, never from here. */
export const awsSchema = group("What the house keeps at AWS, outside its own walls.", {
    region: text(/^[a-z]{2}(-[a-z]+)+-[0-9]$/, "Region of everything below.", {
        is: "an AWS region",
        rule: "a region is a place and a number",
        write: "write one like us-east-1",
    }),
    endpoint: url("Address of another server that speaks AWS' APIs. Leave it out for AWS itself.", {
        schemes: ["http", "https"],
        only: (parsed) => parsed.pathname === "/" && parsed.search === "",
        is: "the address of an AWS API",
        rule: "http or https, without a path",
        write: "write one like http://127.0.20.2:5000, or leave it out",
    }).optional(),
    bucketPrefix: text(/^(?!xn--|sthree-)[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$/, "First part of every bucket's name.", {
        is: "the beginning of a bucket name",
        rule: "bucket names are unique in the world: 3 to 40 lower-case letters, digits and hyphens, with room for a suffix",
        write: "write one with something of your own in it, like homelab-<your domain>",
    }),
    keepDeletedDays: count(
        "Days in which a deleted or overwritten backup can be brought back. Default: 30: who comes home from a journey finds it.",
        { min: 1, max: 3650, rule: "what is deleted is paid for until then" },
    ).default(30),
    lockDays: count(
        "Days in which a version of a dump or of a database's archive cannot be deleted, but by an administrator who says so " +
            "(object lock, mode GOVERNANCE). Left out, there is no lock. It is decided when the bucket is made; a later change " +
            "makes a new one. Backups of volumes and etcd snapshots have no lock: Longhorn and k3s write without the checksums " +
            "that a locked bucket asks for.",
        { min: 1, max: 3650, rule: "a locked version is paid for until then" },
    ).optional(),
    repositories: list(
        text(/^[a-z0-9]+([._/-][a-z0-9]+)*$/, "Name of an image repository.", {
            is: "a repository name",
            rule: "ECR takes lower-case words with dots, hyphens, underscores and slashes between them",
            write: "write one like k3s-homelab/jellyfin-ha",
        }),
        "Image repositories (ECR) for images of our own. Default: none.",
        { min: 0, max: 50, rule: "each is named" },
    ).default([]),
    zone: zone.optional(),
    previews: previews.optional(),
});
