import { count, flag, gibibytes, group } from "./field";
import { hostName } from "./naming";

const claim = { min: 1, max: 2048, rule: "a claim can grow later but never shrink" };

/** Jellyfin: how many, where it answers, how much room it has. */
export const jellyfinSchema = group("The media server.", {
    replicas: count("Pods of Jellyfin, each on another host. Default: 2: one host may fail.", {
        min: 1,
        max: 9,
        rule: "each pod needs a host of its own",
    }).default(2),
    host: hostName("Name under which Jellyfin answers, below house.domain."),
    gpu: flag(
        "Whether each pod gets a GPU for transcoding. Default: true. Without one, a single 4K HEVC stream fills six cores.",
    ).default(true),
    transcodeGiB: gibibytes(
        "Disk of each pod for running transcodes in GiB. Default: 20: a whole 4K film may lie there while it is watched.",
        claim,
    ).default(20),
    cacheGiB: gibibytes("Disk of each pod for its cache of images in GiB. Default: 10.", claim).default(10),
    databaseGiB: gibibytes("Disk of the PostgreSQL database in GiB. Default: 10.", claim).default(10),
});
