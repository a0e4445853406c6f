import { link, readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ImageRecipe } from "./recipe";
import { sourcePath, type SourcePlaces } from "./sources";

/** Smaller ones are not worth a second name. */
const LARGE_BYTES = 1 << 20;

/**
 * Large programs lie in the cache already, for themselves: their copies in the unpacked layers become further names of
 * the same files. Only what lies in the cache, which nobody writes to; what is on another disk or has another mode stays
 * a copy.
 */
export async function shareFiles(
    snapshots: string,
    images: readonly ImageRecipe[],
    places: SourcePlaces & { readonly cache: string },
): Promise<void> {
    const entries = images.flatMap(({ layers }) => layers.flatMap((one) => (one.kind === "files" ? one.entries : [])));
    const folders = await readdir(snapshots);
    for (const entry of entries) {
        if (entry.kind !== "file") continue;
        const source = sourcePath(entry.source, places);
        if (source?.startsWith(`${places.cache}/`) !== true) continue;
        for (const folder of folders) await share(source, join(snapshots, folder, "fs", entry.path));
    }
}

async function share(source: string, copy: string): Promise<void> {
    const [from, to] = await Promise.all([source, copy].map((path) => stat(path).catch(() => undefined)));
    if (!from || !to || from.ino === to.ino || from.dev !== to.dev || from.size < LARGE_BYTES) return;
    if (from.size !== to.size || from.mode !== to.mode || from.uid !== to.uid || from.gid !== to.gid) return;
    const beside = `${copy}.shared`;
    await link(source, beside);
    await rename(beside, copy);
}
