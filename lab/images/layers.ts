import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { z } from "zod";
import { fillCacheEntry } from "../toolchain/cache-entry";
import type { BuildContext } from "./context";
import { DEBIAN_RELEASE, installDebian, installedPackages } from "./debian";
import type { LayerBlob } from "./oci-archive";
import type { DebianLayer, FilesLayer, PlacedEntry } from "./recipe";
import { sourceBytes, type SourcePlaces } from "./sources";
import { tarOf, type TarEntry } from "./tar";
import { difference, readPieces, readTree, type TreeIndex } from "./tree";

/** Moved when the same recipe gives another layer. */
const FORMAT = 1;

const layerFacts = z.object({ digest: z.string(), diffId: z.string(), size: z.number() });

export function debianLayerFolder(cache: string, layer: DebianLayer): string {
    const key = createHash("sha256")
        .update(JSON.stringify([FORMAT, DEBIAN_RELEASE, layer]))
        .digest("hex");
    return join(cache, "images", `layer-${layer.name}-${key.slice(0, 16)}`);
}

/** Makes the layer, and those below it, where the cache lacks them. @returns the lowest first. */
export async function ensureDebianLayers(layer: DebianLayer, context: BuildContext): Promise<LayerBlob[]> {
    const below = layer.base ? await ensureDebianLayers(layer.base, context) : [];
    const folder = debianLayerFolder(context.cache, layer);
    const facts = join(folder, "layer.json");
    const logFile = await context.logFile(layer.name);
    await fillCacheEntry(folder, {
        ready: () => existsSync(facts),
        fill: (out, work) =>
            context.reporting(layer.name, DEBIAN_RELEASE, async (onLine) => {
                const root = join(work, "root");
                await installDebian(root, layer, { ...context, work, logFile, onLine });
                await writeFile(join(out, "packages.txt"), await installedPackages(root));
                const tree = await readTree(root);
                await writeFile(join(out, "index.json"), JSON.stringify(tree.index));
                const entries = difference(tree, layer.base ? await indexOf(context.cache, layer.base) : {});
                const written = await writeCompressed(join(out, "layer.tar.gz"), entries);
                await writeFile(join(out, "layer.json"), JSON.stringify(written));
            }),
        onWait: (pid) => context.waiting(layer.name, DEBIAN_RELEASE, pid),
        signal: context.signal,
    });
    const known = layerFacts.parse(JSON.parse(await readFile(facts, "utf8")));
    const read = () => readPieces(join(folder, "layer.tar.gz"));
    return [...below, { ...known, isCompressed: true, read }];
}

/** What the system holds at a layer; written by the lab itself. */
async function indexOf(cache: string, layer: DebianLayer): Promise<TreeIndex> {
    const text = await readFile(join(debianLayerFolder(cache, layer), "index.json"), "utf8");
    return z.record(z.string(), z.string()).parse(JSON.parse(text));
}

async function writeCompressed(file: string, entries: readonly TarEntry[]): Promise<z.infer<typeof layerFacts>> {
    const plain = createHash("sha256");
    const seen = new Transform({
        transform(chunk: Buffer, _encoding, done) {
            plain.update(chunk);
            done(null, chunk);
        },
    });
    await pipeline(tarOf(entries), seen, createGzip({ level: 6 }), createWriteStream(file));
    const packed = createHash("sha256");
    let size = 0;
    for await (const piece of createReadStream(file)) {
        if (!Buffer.isBuffer(piece)) continue;
        packed.update(piece);
        size += piece.length;
    }
    return { digest: `sha256:${packed.digest("hex")}`, diffId: `sha256:${plain.digest("hex")}`, size };
}

/** A layer of single files; its bytes are read where they lie each time the layer is. */
export async function filesLayer(recipe: FilesLayer, places: SourcePlaces): Promise<LayerBlob> {
    const entries = await Promise.all(recipe.entries.map((entry) => tarEntry(entry, places)));
    const read = () => tarOf(entries);
    const hash = createHash("sha256");
    let size = 0;
    for await (const piece of read()) {
        hash.update(piece);
        size += piece.length;
    }
    const digest = `sha256:${hash.digest("hex")}`;
    return { isCompressed: false, digest, diffId: digest, size, read };
}

async function tarEntry(entry: PlacedEntry, places: SourcePlaces): Promise<TarEntry> {
    const { path, mode, owner = 0 } = entry;
    const owned = { path: path.replace(/^\//, ""), uid: owner, gid: owner };
    switch (entry.kind) {
        case "folder":
            return { ...owned, kind: "folder", mode: mode ?? 0o755 };
        case "link":
            return { ...owned, kind: "link", mode: 0o777, target: entry.target };
        case "file":
            return { ...owned, kind: "file", mode: mode ?? 0o644, ...(await sourceBytes(entry.source, places)) };
    }
}
