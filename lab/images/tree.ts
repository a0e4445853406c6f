import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { TarEntry } from "./tar";

/** What a tree holds: for each path (without leading slash) everything that counts of it, as one text. */
export type TreeIndex = Readonly<Record<string, string>>;

export interface Tree {
    readonly index: TreeIndex;
    /** Sorted by path, folders before what is in them. */
    readonly entries: readonly TarEntry[];
}

/** Filled by whoever runs a container, or different after every installation; the folders themselves stay. */
const EMPTIED = ["dev", "proc", "sys", "run", "tmp", "var/cache", "var/log", "var/tmp", "var/lib/apt/lists"];
/** The machine's own at the time of the installation. */
const LEFT_OUT = ["etc/resolv.conf", "etc/hostname", "etc/machine-id"];
const READ_AHEAD_BYTES = 1 << 20;

/** Reads a system's root folder. Needs the right to read all of it. */
export async function readTree(root: string): Promise<Tree> {
    const index: Record<string, string> = {};
    const entries: TarEntry[] = [];
    const names = new Map<number, string>();
    const visit = async (folder: string): Promise<void> => {
        for (const name of (await readdir(join(root, folder))).sort()) {
            const path = folder === "" ? name : `${folder}/${name}`;
            if (LEFT_OUT.includes(path)) continue;
            const stats = await lstat(join(root, path));
            const entry = await entryOf(root, path, stats, names);
            if (entry === undefined) continue;
            entries.push(entry);
            index[path] = await fingerprint(join(root, path), entry);
            if (entry.kind === "folder" && !EMPTIED.includes(path)) await visit(path);
        }
    };
    await visit("");
    return { index, entries };
}

async function entryOf(
    root: string,
    path: string,
    stats: Stats,
    names: Map<number, string>,
): Promise<TarEntry | undefined> {
    const file = join(root, path);
    const owned = { path, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
    if (stats.isDirectory()) return { ...owned, kind: "folder" };
    if (stats.isSymbolicLink()) return { ...owned, kind: "link", target: await readlink(file) };
    // Devices and sockets: a container gets its own.
    if (!stats.isFile()) return undefined;
    const first = stats.nlink > 1 ? names.get(stats.ino) : undefined;
    if (first !== undefined) return { ...owned, kind: "same", target: first };
    names.set(stats.ino, path);
    return { ...owned, kind: "file", size: stats.size, read: () => readPieces(file) };
}

/** A file's bytes in pieces of 1 MiB. */
export function readPieces(file: string): AsyncIterable<Buffer> {
    return createReadStream(file, { highWaterMark: READ_AHEAD_BYTES });
}

async function fingerprint(file: string, entry: TarEntry): Promise<string> {
    const start = `${entry.mode.toString(8)} ${entry.uid}:${entry.gid}`;
    if (entry.kind === "folder") return `folder ${start}`;
    if (entry.kind === "link") return `link ${entry.target}`;
    const hash = createHash("sha256");
    await pipeline(createReadStream(file), hash);
    return `file ${start} ${hash.digest("hex")}`;
}

/**
 * What must be laid over a base to get the tree: its new and changed entries, and an OCI whiteout (`.wh.<name>`) for
 * each that it lacks.
 */
export function difference(tree: Tree, base: TreeIndex): TarEntry[] {
    const changed = tree.entries.filter(({ path }) => base[path] !== tree.index[path]);
    const written = new Set(changed.map(({ path }) => path));
    // A further name of a file that is not in this layer must bring the bytes itself.
    const whole = changed.map((entry) => {
        if (entry.kind !== "same" || written.has(entry.target)) return entry;
        const file = tree.entries.find(({ path }) => path === entry.target);
        return file ? { ...file, path: entry.path } : entry;
    });
    const gone = Object.keys(base).filter((path) => !(path in tree.index) && dirnameIn(tree, path));
    const whiteouts = gone.map((path): TarEntry => ({
        kind: "file",
        path: join(dirname(path), `.wh.${basename(path)}`),
        mode: 0o644,
        uid: 0,
        gid: 0,
        size: 0,
        read: () => [],
    }));
    return [...whiteouts, ...whole];
}

/** Whether the folder of a path is there: what lies in a missing folder goes with it. */
function dirnameIn(tree: Tree, path: string): boolean {
    const folder = dirname(path);
    return folder === "." || tree.index[folder]?.startsWith("folder") === true;
}
