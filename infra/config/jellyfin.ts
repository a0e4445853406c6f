import { choice, count, flag, gibibytes, group, list, text } from "./field";
import { hostName } from "./naming";
import { dlnaSchema } from "./dlna";
import { transcodeWorkersSchema } from "./transcode-workers";

const claim = { min: 1, max: 2048, rule: "a claim can grow (docs/how-to/make-a-volume-larger.md) but never shrink" };

function release(meaning: string) {
    return text(/^\d+\.\d+\.\d+$/, meaning, {
        is: "a release of Jellyfin",
        rule: "a release has three numbers",
        write: "write one like 10.11.11",
    });
}

const IMAGE =
    "An image in place of the pinned one: of a public registry, or of a repository at AWS. It has what that one has and Jellyfin's own has not: the provider for PostgreSQL, and PostgreSQL's client (psql, pg_isready).";

const imageSchema = group(IMAGE, {
    repository: text(
        /^[a-z0-9]+([._/-][a-z0-9]+)*$/,
        "With its registry (ghcr.io/jpvenson/jellyfin.pgsql), or one of aws.repositories.",
        {
            is: "a repository name",
            rule: "registries take lower-case words with dots, hyphens, underscores and slashes between them",
            write: "write one like k3s-homelab/jellyfin-ha",
        },
    ),
    tag: text(
        /^(?!(latest|main|master|stable|unstable|nightly|edge|dev|preview)$)(?!\d+(\.\d+)?$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/,
        "Tag of the image.",
        {
            is: "a tag of one build",
            rule: "latest, 10 and 10.11 are another build tomorrow, and the tables would follow it",
            write: "write one like 10.11.11-1 or sha-abc1234",
        },
    ),
    digest: text(/^sha256:[0-9a-f]{64}$/, "Digest of the image, which is pulled whatever becomes of the tag.", {
        is: "a digest",
        rule: "it is sha256: and 64 lower-case hexadecimal digits",
        write: "write the one that `docker buildx imagetools inspect` shows, or leave it out",
    }).optional(),
    release: release("Release of Jellyfin in the image. Needed where the tag does not tell it.").optional(),
});

/** The folder in which every program sees the library. */
const libraryFolder = text(
    /^\/data(\/(?!\.{1,2}(\/|$))[^/\s][^/]*)+$/,
    "Folder of the library, as all programs see it: below /data.",
    {
        is: "a folder of the library",
        rule: "Jellyfin sees the library at /data and nothing else of the NAS; no . or .. and no slash at the end",
        write: "write one like /data/media/movies",
    },
);

const librarySchema = group("A library of Jellyfin.", {
    name: text(/^[^\s/\\.]([^/\\]{0,62}[^\s/\\.])?$/, "Name that people see.", {
        is: "the name of a library",
        rule: "it becomes the name of a folder: 1 to 64 characters, no slash, no space or dot at its ends",
        write: "write one like Movies",
    }),
    type: choice(
        ["movies", "tvshows", "music", "musicvideos", "homevideos", "books"],
        "What is in it. Cannot be changed later.",
        "these are Jellyfin's own words",
    ),
    folders: list(libraryFolder, "Folders that are shown as one.", { min: 1, max: 20, rule: "a library has a folder" }),
});

/** Jellyfin: how many, where it answers, how much room it has. */
export const jellyfinSchema = group("The media server.", {
    replicas: count("Pods of Jellyfin, each on another host. Default: 2: one host may fail.", {
        min: 1,
        max: 9,
        rule: "each pod needs a host of its own",
    }).default(2),
    image: imageSchema.optional(),
    upgradeFrom: release(
        "Release of Jellyfin that an upgrade to one with other tables leaves behind, with replicas: 1. Left out, no pod starts such a release where another one ran.",
    ).optional(),
    canary: flag(
        "Whether only the last pod gets a new image or new settings, until you write false. Libraries are the same for all pods, and so is what you set in Jellyfin. Default: false.",
    ).default(false),
    host: hostName("Name under which Jellyfin answers, below house.domain."),
    exposure: choice(
        ["internal", "public"],
        "Who reaches Jellyfin: the house's own network, or the internet too, behind ingress.login. Default: internal.",
        "what is public has a door of its own, with a login before it",
    ).default("internal"),
    plainHttp: flag(
        "Whether Jellyfin answers to plain http too, in the house's own network. Default: false: http leads to https. Programs of televisions need true where the house has an authority of its own: they trust no other than they came with.",
    ).default(false),
    gpu: flag(
        "Whether each pod gets a GPU for transcoding. Default: true. Without one, a single 4K HEVC stream fills six cores.",
    ).default(true),
    acceleration: choice(
        ["vaapi", "qsv"],
        "How an Intel GPU is spoken to. Default: vaapi: for qsv (Quick Sync), those before the twelfth generation need a runtime that Intel has given up. AMD's is vaapi, NVIDIA's nvenc.",
        "these are Jellyfin's words for what Intel's drivers speak",
    ).default("vaapi"),
    cpuMillicores: count("Processor reserved for each pod, in thousandths of a core. Default: 1000.", {
        min: 50,
        max: 64_000,
        rule: "it is reserved and no limit: a pod takes what is idle",
    }).default(1000),
    memoryMiB: count("Memory that each pod may take at most, in MiB; half of it is reserved. Default: 4096.", {
        min: 512,
        max: 262_144,
        unit: "MiB",
        rule: "a server with less is killed while it reads a library",
    }).default(4096),
    serverName: text(/^\S(.{0,62}\S)?$/, "How the server calls itself in its apps. Default: the name of the house.", {
        is: "a name",
        rule: "it is shown in one line: 1 to 64 characters, none of them a space at its ends",
        write: "write one like Anna's films",
    }).optional(),
    administrator: text(
        /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
        "Name of the administrator that is made at the first start, with a password of its own. Default: admin.",
        {
            is: "the name of a user",
            rule: "it is one word of letters, digits, dots, hyphens and underscores",
            write: "write one like admin",
        },
    ).default("admin"),
    metrics: flag("Whether the pods serve figures at /metrics, inside the cluster only. Default: true.").default(true),
    libraries: list(
        librarySchema,
        "What Jellyfin shows. Folders that are not there are made. Libraries that are not named stay. Default: Movies and Shows.",
        { min: 0, max: 40, rule: "each entry is one library" },
    ).default([
        { name: "Movies", type: "movies", folders: ["/data/media/movies"] },
        { name: "Shows", type: "tvshows", folders: ["/data/media/tv"] },
    ]),
    transcodeGiB: gibibytes(
        "Disk of each pod for running transcodes in GiB. Default: 20: a whole 4K film may lie there while it is watched.",
        claim,
    ).default(20),
    cacheGiB: gibibytes("Disk of each pod for its cache of images in GiB. Default: 10.", claim).default(10),
    redis: flag(
        "Whether there is a Redis for what its pods share, with its address and password in the words of Nichols-HomeLab/jellyfin-ha. Default: false: the default image knows none of them.",
    ).default(false),
    databaseGiB: gibibytes("Disk of the PostgreSQL database in GiB. Default: 10.", claim).default(10),
    dlna: dlnaSchema
        .describe(
            "For televisions and boxes that know DLNA only. Leave it out, and none finds Jellyfin by itself. Install the DLNA plugin in Jellyfin (Dashboard > Plugins); until it answers, nothing is announced. Needs plainHttp, and devices that know the house's names. Not tried with a television.",
        )
        .optional(),
    workers: transcodeWorkersSchema
        .describe(
            "Pods that transcode for Jellyfin. Leave it out, and Jellyfin's own pods do: the right way unless one of them is too slow for the films that are watched at the same time.",
        )
        .optional(),
});
