import { choice, count, flag, gibibytes, group, text } from "./field";
import { hostName } from "./naming";

const claim = { min: 1, max: 2048, rule: "a claim can grow later but never shrink" };

/** Jellyfin: how many, where it answers, how much room it has. */
export const jellyfinSchema = group("The media server.", {
    replicas: count("Pods of Jellyfin, each on another host. Default: 2: one host may fail.", {
        min: 1,
        max: 9,
        rule: "each pod needs a host of its own",
    }).default(2),
    image: group("An image of your own in a repository at AWS. Left out, it is the public one.", {
        repository: text(/^[a-z0-9]+([._/-][a-z0-9]+)*$/, "Repository, one of aws.repositories.", {
            is: "a repository name",
            rule: "ECR takes lower-case words with dots, hyphens, underscores and slashes between them",
            write: "write one like k3s-homelab/jellyfin-ha",
        }),
        tag: text(/^(?!latest$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/, "Tag of the image.", {
            is: "a tag",
            rule: "a tag names one build, so it is not latest",
            write: "write one like sha-abc1234",
        }),
    }).optional(),
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
    transcodeGiB: gibibytes(
        "Disk of each pod for running transcodes in GiB. Default: 20: a whole 4K film may lie there while it is watched.",
        claim,
    ).default(20),
    cacheGiB: gibibytes("Disk of each pod for its cache of images in GiB. Default: 10.", claim).default(10),
    redis: flag(
        "Whether there is a Redis for what its pods share. Default: false: the default image knows none. Forks that do say so.",
    ).default(false),
    databaseGiB: gibibytes("Disk of the PostgreSQL database in GiB. Default: 10.", claim).default(10),
});
