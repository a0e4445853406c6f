import { preflightGiB } from "../storage";
import { workerPlaces, type CrossCheck, type SoundAreas } from "./places";
import { blockReplicasFit, jellyfinFits } from "./replicas";

/** Longhorn leaves so much of a disk to others: its setting `storage-reserved-percentage-for-default-disk`. */
const reservedPercent = 30;
/** Partitions and ext4's own tables: 2.3 % of 73 GiB, less of larger disks (`mkfs.ext4` and `stat -f`). */
const fileSystemPercent = 3;

/** What of a disk may be promised to volumes, in GiB. */
function forVolumes(diskGiB: number): number {
    return (diskGiB * (100 - fileSystemPercent) * (100 - reservedPercent)) / 10_000;
}

/** The disk that may promise so much to volumes, in GiB. */
function diskFor(volumesGiB: number): number {
    return Math.ceil((volumesGiB * 10_000) / ((100 - fileSystemPercent) * (100 - reservedPercent)));
}

/** Volumes of databases, by who runs the server. */
const databaseServers = { single: 1, ha: 3, external: 0, nothing: 0 } as const;

type Jellyfin = NonNullable<SoundAreas["jellyfin"]>;

/** A block volume to be. */
interface PlannedVolume {
    readonly gib: number;
    /** On so many hosts. */
    readonly copies: number;
}

/** Most copies of a volume that can be made again, as the class `block-scratch` has it. */
const mostScratchCopies = 2;

/**
 * The block volumes, in the order in which they are made: the pods wait for the database.
 * @param servers of the database
 * @param tried nodes that have a small volume each, with which they were tried
 */
function plannedVolumes(
    { replicas, transcodeGiB, cacheGiB, databaseGiB, workers }: Jellyfin,
    servers: number,
    copies: number,
    tried: number,
): PlannedVolume[] {
    const scratch = (gib: number) => ({ gib, copies: Math.min(copies, mostScratchCopies) });
    // With workers, transcodes and caches are on the volume that all of them share, which is no block volume.
    const ofPod = workers === undefined ? [scratch(transcodeGiB), scratch(cacheGiB)] : [];
    const databases = Array.from({ length: servers }, () => ({ gib: databaseGiB, copies }));
    const trials = Array.from({ length: tried }, () => scratch(preflightGiB));
    return [...trials, ...databases, ...Array.from({ length: replicas }, () => ofPod).flat()];
}

/**
 * Puts each copy on the emptiest disk of a host that has none of that volume, as Longhorn does. All disks are equally
 * large, so this is where the copies go whatever their size is.
 * @param hosts the host of each disk
 * @returns what comes to the fullest disk, in GiB
 */
function fullestDisk(hosts: readonly string[], volumes: readonly PlannedVolume[]): number {
    const disks = hosts.map((host) => ({ host, promised: 0 }));
    for (const { gib, copies } of volumes) {
        const taken = new Set<string>();
        for (const disk of disks.toSorted((one, other) => one.promised - other.promised)) {
            if (taken.size === copies) break;
            if (taken.has(disk.host)) continue;
            taken.add(disk.host);
            disk.promised += gib;
        }
    }
    return Math.max(...disks.map(({ promised }) => promised));
}

/**
 * The copies of all block volumes fit on the disks of the machines that run workloads. Longhorn promises no more than it
 * has: the claim of one volume too many waits for ever. Disks of joined nodes are not known, and not counted.
 */
export const volumesFit: CrossCheck = (config) => {
    const { cluster, storage, database, jellyfin } = config;
    if (cluster === undefined || storage === undefined || jellyfin === undefined) {
        return [];
    }
    // How many there are must be right before it says anything to count them.
    if (blockReplicasFit(config).length > 0 || jellyfinFits(config).length > 0) {
        return [];
    }
    const workers = workerPlaces(cluster);
    const disk = workers[0]?.disk;
    if (disk === undefined) {
        return [];
    }
    // While data moves, both are there.
    const servers = databaseServers[database?.mode ?? "single"] + databaseServers[database?.moveFrom ?? "nothing"];
    const tried = storage.preflight ? workers.length : 0;
    const planned = plannedVolumes(jellyfin, servers, storage.blockReplicas, tried);
    const hosts = workers.map(({ machine }) => machine.host);
    const needed = fullestDisk(hosts, planned);
    const has = forVolumes(disk.gib);
    return needed <= has
        ? []
        : [
              {
                  path: disk.path,
                  wrong: `${disk.gib} GiB have room for ${Math.floor(has)} GiB of block volumes, and ${Math.ceil(needed)} GiB come to the fullest machine`,
                  rule: `every volume has its copies on ${storage.blockReplicas === 1 ? "1 host" : `${storage.blockReplicas} hosts`}, the file system takes ${fileSystemPercent} % of a disk, and Longhorn leaves ${reservedPercent} % of the rest to others`,
                  write: `write ${diskFor(needed)} or more, or make the volumes of jellyfin smaller`,
              },
          ];
};
