import { existsSync } from "node:fs";
import { stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";

/** How much a piece of work will write below a folder (which need not exist yet). */
export interface Need {
    readonly folder: string;
    readonly bytes: number;
}

export interface Shortage {
    /** The folders that lie on the disk that is too full. */
    readonly folders: readonly string[];
    readonly freeBytes: number;
    readonly neededBytes: number;
}

/** Adds needs up by disk, and gives those disks that have not enough free for an unprivileged user. */
export async function shortages(needs: readonly Need[]): Promise<Shortage[]> {
    const disks = new Map<number, { folders: string[]; freeBytes: number; neededBytes: number }>();
    for (const need of needs) {
        let folder = need.folder;
        while (!existsSync(folder)) folder = dirname(folder);
        const [{ dev }, disk] = await Promise.all([stat(folder), statfs(folder)]);
        const sum = disks.get(dev) ?? { folders: [], freeBytes: disk.bavail * disk.bsize, neededBytes: 0 };
        disks.set(dev, {
            ...sum,
            folders: [...new Set([...sum.folders, need.folder])],
            neededBytes: sum.neededBytes + need.bytes,
        });
    }
    return [...disks.values()].filter((disk) => disk.freeBytes < disk.neededBytes);
}

/** `9.2 GiB` */
export function gibibytes(bytes: number): string {
    return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

/** What to do about a full disk; the same words before a build and in the middle of one. */
export const makeRoom =
    'free some (for example "go clean -cache", which only costs time), or point XDG_CACHE_HOME, GOCACHE and GOMODCACHE ' +
    "to a larger disk, then run it again: what is built stays built";
