import { count, gibibytes, group } from "./field";

/** Machines for transcoding, beside Jellyfin. */
export const transcodeWorkersSchema = group(
    "Pods that transcode for Jellyfin (rffmpeg), on the GPU where jellyfin.gpu says so. They exchange films with it on the shared storage, so the disks of transcodeGiB and cacheGiB are not made.",
    {
        replicas: count(
            "How many, spread evenly over hosts. Default: 3. One that dies takes its films with it, which go on elsewhere after seconds.",
            { min: 1, max: 20, rule: "each asks for a share of a node" },
        ).default(3),
        cpu: count("Cores that each reserves; it may use more. Default: 2.", {
            min: 1,
            max: 64,
            unit: "cores",
            rule: "a node has as many cores as its machine",
        }).default(2),
        memoryGiB: gibibytes("Memory that each may take in GiB. Default: 4: tone mapping of a 4K film takes 2.", {
            min: 1,
            max: 256,
            rule: "more is killed",
        }).default(4),
        sharedGiB: gibibytes("Size of the volume that they share with Jellyfin in GiB. Default: 100.", {
            min: 1,
            max: 65_536,
            rule: "a claim asks for a size, which a NAS does not enforce",
        }).default(100),
    },
);
