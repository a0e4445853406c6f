import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import type { BuildContext } from "./context";
import type { FileSource, ImageTool } from "./recipe";
import { readPieces } from "./tree";

const PROGRAMS = join(__dirname, "programs");

/** The bytes of a file that goes into an image. */
export interface SourceBytes {
    readonly size: number;
    readonly read: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Where what comes from outside lies: tools, and the guest's root folder. */
export type SourcePlaces = Pick<BuildContext, "tools"> & { readonly guestRoot: string };

/** @throws Error when the file is not there. */
export async function sourceBytes(source: FileSource, places: SourcePlaces): Promise<SourceBytes> {
    const found = await find(source, places);
    if (Buffer.isBuffer(found)) return { size: found.length, read: () => [found] };
    return { size: (await stat(found)).size, read: () => readPieces(found) };
}

/**
 * Short text that changes when the bytes of the file do. Of a large one only size, beginning and end are read: there
 * compilers leave their build ids, and hundreds of megabytes need not be read whenever a lab starts.
 */
export async function sourceFingerprint(source: FileSource, places: SourcePlaces): Promise<string> {
    const hash = createHash("sha256");
    const found = await find(source, places);
    if (Buffer.isBuffer(found)) return hash.update(found).digest("hex");
    const file = await open(found);
    try {
        const { size } = await file.stat();
        const length = Math.min(size, SAMPLE_BYTES);
        for (const position of [0, size - length]) {
            const { buffer } = await file.read(Buffer.alloc(length), 0, length, position);
            hash.update(buffer);
        }
        return `${size} ${hash.digest("hex")}`;
    } finally {
        await file.close();
    }
}

type InMemory = Extract<FileSource, { from: "text" } | { from: "bundle" }>;

const SAMPLE_BYTES = 256 * 1024;

/** The bytes themselves, or the path of the file that has them. */
async function find(source: FileSource, places: SourcePlaces): Promise<Buffer | string> {
    if (source.from === "text") return Buffer.from(source.text);
    if (source.from === "bundle") return bundle(source.entry);
    return sourcePath(source, places);
}

/** The file that has the bytes; `undefined` for what is made in memory. */
export function sourcePath(source: Exclude<FileSource, InMemory>, places: SourcePlaces): string;
export function sourcePath(source: FileSource, places: SourcePlaces): string | undefined;
export function sourcePath(source: FileSource, { tools, guestRoot }: SourcePlaces): string | undefined {
    switch (source.from) {
        case "text":
        case "bundle":
            return undefined;
        case "tool":
            return builtTool(source.tool, tools);
        case "program":
            return join(PROGRAMS, source.path);
        case "node":
            return join(dirname(require.resolve("node/package.json")), "bin", "node");
        case "guest":
            return join(guestRoot, source.path);
    }
}

function builtTool(name: ImageTool, tools: SourcePlaces["tools"]): string {
    const path = tools[name];
    if (path === undefined) throw new Error(`${name}: is not built (only a house with its operator needs it)`);
    return path;
}

async function bundle(entry: string): Promise<Buffer> {
    const { outputFiles } = await build({
        entryPoints: [join(PROGRAMS, entry)],
        bundle: true,
        platform: "node",
        format: "cjs",
        target: "node22",
        write: false,
        logLevel: "silent",
    });
    const [file] = outputFiles;
    if (file === undefined) throw new Error(`${entry}: the bundler gave no file; run it again`);
    return Buffer.from(file.contents);
}
