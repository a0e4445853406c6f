import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fillCacheEntry } from "../toolchain/cache-entry";
import { imageCatalogue } from "./catalogue";
import { SNAPSHOTS, withContainerd } from "./containerd";
import { buildContext, type BuildContext, type StoreOptions } from "./context";
import { ensureGuestRoot, locateGuestRoot } from "./guest";
import { ensureDebianLayers, filesLayer } from "./layers";
import { ociArchive, type ArchivedImage, type LayerBlob } from "./oci-archive";
import { storedName, type DebianLayer, type ImageRecipe, type LayerRecipe } from "./recipe";
import { shareFiles } from "./shared-files";
import { sourceFingerprint, type SourcePlaces } from "./sources";

/** An image of the store, for whoever shows it. */
export interface ImageInfo {
    /** As the house asks for it. */
    readonly reference: string;
    /** As containerd and `kubectl get nodes` name it. */
    readonly storedName: string;
    readonly about: string;
    /** Whether another program runs in it than its name says. */
    readonly standIn: boolean;
}

/** All images of the lab, unpacked once, shared by all machines. Nothing in its folders is ever written again. */
export interface ImageStore {
    /** Changes with anything that is in it. */
    readonly key: string;
    /** A containerd root with content, snapshots and metadata: see `prepareMachineRoot`. */
    readonly containerdRoot: string;
    /** Root folder of the machines' system: the lower layer of a machine's root. */
    readonly guestRoot: string;
    readonly images: readonly ImageInfo[];
}

/** Moved when the same images give another store. */
const FORMAT = 2;
/** The CRI takes images with these as its own, and the kubelet never deletes them to make room. */
const LABELS = { "io.cri-containerd.image": "managed", "io.cri-containerd.pinned": "pinned" };

/** @param images default: all of the catalogue. */
type ImagesOption = { readonly images?: readonly ImageRecipe[] };

/**
 * Finds the store, and builds what of it is missing. @throws Error that names what could not be made, why, and what to
 * do; the signal's reason.
 */
export async function ensureImageStore(options: StoreOptions & ImagesOption): Promise<ImageStore> {
    const context = buildContext(options);
    const images = options.images ?? imageCatalogue;
    const [guest, debian] = await Promise.allSettled([ensureGuestRoot(context), debianLayers(images, context)]);
    const guestRoot = settled(guest);
    const layers = settled(debian);
    const store = await describe(guestRoot, images, context);
    const logFile = await context.logFile("store");
    await fillCacheEntry(join(store.containerdRoot, ".."), {
        ready: () => isWhole(store),
        fill: async (out, work) => {
            await context.reporting("store", store.key, async (onLine) => {
                const places = { tools: context.tools, guestRoot };
                const archived = await Promise.all(images.map((recipe) => archivedImage(recipe, layers, places)));
                const root = join(out, "containerd");
                await mkdir(root, { mode: 0o711 });
                await withContainerd({ ...context, root, work, logFile }, async (keeper) => {
                    onLine(`unpacking ${images.length} images`);
                    await keeper.importArchive(ociArchive(archived), LABELS);
                    await keeper.collectGarbage();
                });
                await shareFiles(join(root, SNAPSHOTS), images, { ...places, cache: context.cache });
            });
            await writeFile(join(out, "store.json"), JSON.stringify({ key: store.key }));
        },
        onWait: (pid) => context.waiting("store", store.key, pid),
        signal: options.signal,
    });
    return store;
}

/** The store as it is, for a process that builds nothing. @returns `undefined` when it is not there. */
export async function locateImageStore(
    options: Pick<StoreOptions, "cache" | "tools"> & ImagesOption,
): Promise<ImageStore | undefined> {
    const guestRoot = locateGuestRoot(options.cache);
    if (guestRoot === undefined) return undefined;
    const store = await describe(guestRoot, options.images ?? imageCatalogue, options);
    return isWhole(store) ? store : undefined;
}

function isWhole(store: ImageStore): boolean {
    return existsSync(join(store.containerdRoot, "..", "store.json"));
}

async function describe(
    guestRoot: string,
    images: readonly ImageRecipe[],
    { cache, tools }: Pick<BuildContext, "cache" | "tools">,
): Promise<ImageStore> {
    const places = { tools, guestRoot };
    const prints = await Promise.all(
        images.flatMap(({ layers }) => layers).flatMap((layer) => fingerprints(layer, places)),
    );
    const key = createHash("sha256")
        .update(JSON.stringify([FORMAT, images, prints]))
        .digest("hex")
        .slice(0, 16);
    return {
        key,
        containerdRoot: join(cache, "images", `store-${key}`, "containerd"),
        guestRoot,
        images: images.map(({ reference, about, standIn }) => ({
            reference,
            storedName: storedName(reference),
            about,
            standIn,
        })),
    };
}

function fingerprints(layer: LayerRecipe, places: SourcePlaces): Promise<string>[] {
    if (layer.kind === "debian") return [];
    return layer.entries.flatMap((entry) => (entry.kind === "file" ? [sourceFingerprint(entry.source, places)] : []));
}

/** All Debian layers that the images need, side by side: each mostly waits for downloads and for dpkg. */
async function debianLayers(
    images: readonly ImageRecipe[],
    context: BuildContext,
): Promise<ReadonlyMap<DebianLayer, readonly LayerBlob[]>> {
    const wanted = new Set(
        images.flatMap(({ layers }) => layers).filter((layer): layer is DebianLayer => layer.kind === "debian"),
    );
    const made = await Promise.allSettled(
        [...wanted].map(async (layer) => [layer, await ensureDebianLayers(layer, context)] as const),
    );
    return new Map(made.map((one) => settled(one)));
}

/** @throws the reason of one that failed. */
function settled<T>(result: PromiseSettledResult<T>): T {
    if (result.status === "rejected") throw result.reason;
    return result.value;
}

async function archivedImage(
    recipe: ImageRecipe,
    debian: ReadonlyMap<DebianLayer, readonly LayerBlob[]>,
    places: SourcePlaces,
): Promise<ArchivedImage> {
    const layers: LayerBlob[] = [];
    for (const layer of recipe.layers) {
        if (layer.kind === "files") layers.push(await filesLayer(layer, places));
        else layers.push(...(debian.get(layer) ?? []));
    }
    return { recipe, layers };
}
