import { createHash } from "node:crypto";
import type { ImageRecipe } from "./recipe";
import { STAND_IN_LABEL, storedName } from "./recipe";
import { tarOf, type TarEntry } from "./tar";
import { goPlatform } from "../toolchain/tools";

/** A layer as it lies in an archive. */
export interface LayerBlob {
    readonly isCompressed: boolean;
    /** `sha256:...` of the bytes in the archive. */
    readonly digest: string;
    /** `sha256:...` of the tar file inside; the same as `digest` when it is not compressed. */
    readonly diffId: string;
    /** Bytes in the archive. */
    readonly size: number;
    readonly read: () => AsyncIterable<Uint8Array>;
}

export interface ArchivedImage {
    readonly recipe: ImageRecipe;
    /** The lowest first. */
    readonly layers: readonly LayerBlob[];
}

const MEDIA = "application/vnd.oci.image";

/**
 * An OCI archive (image layout in a tar file) with all images; what they share is in it once. containerd names each
 * image by an annotation of the index. Each also gets its id as a name, by which the CRI holds on to it.
 */
export async function* ociArchive(images: readonly ArchivedImage[]): AsyncGenerator<Uint8Array> {
    const blobs = new Map<string, TarEntry>();
    const json = (value: unknown): { digest: string; size: number } => {
        const data = Buffer.from(JSON.stringify(value));
        const digest = `sha256:${createHash("sha256").update(data).digest("hex")}`;
        blobs.set(
            digest,
            blob(digest, data.length, () => [data]),
        );
        return { digest, size: data.length };
    };
    const manifests = images.flatMap(({ recipe, layers }) => {
        for (const { digest, size, read } of layers) blobs.set(digest, blob(digest, size, read));
        const config = { mediaType: `${MEDIA}.config.v1+json`, ...json(imageConfig(recipe, layers)) };
        const manifest = json({
            schemaVersion: 2,
            mediaType: `${MEDIA}.manifest.v1+json`,
            config,
            layers: layers.map(({ isCompressed, digest, size }) => ({
                mediaType: `${MEDIA}.layer.v1.tar${isCompressed ? "+gzip" : ""}`,
                digest,
                size,
            })),
        });
        return [storedName(recipe.reference), config.digest].map((name) => ({
            mediaType: `${MEDIA}.manifest.v1+json`,
            ...manifest,
            platform: PLATFORM,
            annotations: { "io.containerd.image.name": name },
        }));
    });
    yield* tarOf([
        file("oci-layout", { imageLayoutVersion: "1.0.0" }),
        ...blobs.values(),
        file("index.json", { schemaVersion: 2, mediaType: `${MEDIA}.index.v1+json`, manifests }),
    ]);
}

const PLATFORM = { architecture: goPlatform.arch, os: goPlatform.os };

function imageConfig(recipe: ImageRecipe, layers: readonly LayerBlob[]) {
    const { reference, about, standIn, entrypoint, command, environment, user, workingFolder, stopSignal } = recipe;
    return {
        created: "1970-01-01T00:00:00Z",
        ...PLATFORM,
        config: {
            ...(user !== undefined && { User: user }),
            Env: Object.entries(environment ?? {}).map(([name, value]) => `${name}=${value}`),
            ...(entrypoint && { Entrypoint: entrypoint }),
            ...(command && { Cmd: command }),
            ...(workingFolder !== undefined && { WorkingDir: workingFolder }),
            ...(stopSignal !== undefined && { StopSignal: stopSignal }),
            Labels: {
                // Also keeps two images apart that are otherwise the same: the CRI knows an image by its id.
                "org.opencontainers.image.ref.name": reference,
                "org.opencontainers.image.description": about,
                [STAND_IN_LABEL]: String(standIn),
            },
        },
        rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
        history: layers.map(() => ({ created: "1970-01-01T00:00:00Z", created_by: "lab/images" })),
    };
}

function file(path: string, value: unknown): TarEntry {
    const data = Buffer.from(JSON.stringify(value));
    return { kind: "file", path, mode: 0o644, uid: 0, gid: 0, size: data.length, read: () => [data] };
}

function blob(digest: string, size: number, read: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>): TarEntry {
    return { kind: "file", path: `blobs/${digest.replace(":", "/")}`, mode: 0o644, uid: 0, gid: 0, size, read };
}
