import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** How one folder of the cache is filled. */
export interface FillOptions {
    /** Whether the folder holds what it should; asked again whenever another process may have filled it. */
    readonly ready: () => boolean;
    /** Puts the content into `out`; `work` is on the same disk, is for temporary files, and goes afterwards. */
    readonly fill: (out: string, work: string) => Promise<void>;
    /** Called once when another process (its id) is filling the same folder. */
    readonly onWait?: (pid: number) => void;
    readonly signal?: AbortSignal | undefined;
}

const HEARTBEAT_MS = 5_000;
/** A lock nobody has touched for this long belongs to a dead process, even if its id lives on as another program. */
const ABANDONED_MS = 60_000;
const POLL_MS = 250;

/**
 * Fills a folder of the shared cache once, however many processes ask: the content is made beside it and appears with
 * one rename, so a folder that exists is whole. The lock only saves doing the same work twice; the content is right
 * without it, so two processes that both take over an abandoned lock lose time and nothing else.
 */
export async function fillCacheEntry(folder: string, options: FillOptions): Promise<void> {
    if (options.ready()) return;
    await mkdir(dirname(folder), { recursive: true });
    const lock = `${folder}.lock`;
    if (!(await acquire(lock, options))) return;
    const heartbeat = setInterval(() => {
        const now = new Date();
        utimes(lock, now, now).catch(() => undefined);
    }, HEARTBEAT_MS);
    heartbeat.unref();
    const partial = `${folder}.partial-${process.pid}-${randomUUID().slice(0, 8)}`;
    try {
        await removeLeftovers(folder);
        const [out, work] = [join(partial, "out"), join(partial, "work")];
        await mkdir(out, { recursive: true });
        await mkdir(work);
        await options.fill(out, work);
        await syncFiles(out);
        if (options.ready()) return;
        // A folder in the way that is not ready: somebody deleted the content by hand.
        await rm(folder, { recursive: true, force: true });
        await rename(out, folder);
    } finally {
        clearInterval(heartbeat);
        await rm(partial, { recursive: true, force: true });
        await rm(lock, { force: true });
    }
}

/** @returns whether the lock is ours; `false` when the folder became ready meanwhile. */
async function acquire(lock: string, { ready, onWait, signal }: FillOptions): Promise<boolean> {
    for (let told = false; ;) {
        signal?.throwIfAborted();
        const taken = await writeFile(lock, String(process.pid), { flag: "wx" }).then(() => true, ignoring("EEXIST"));
        if (taken && ready()) await rm(lock);
        if (ready()) return false;
        if (taken) return true;
        const [text, file] = await Promise.all([
            readFile(lock, "utf8").catch(ignoring("ENOENT")),
            stat(lock).catch(ignoring("ENOENT")),
        ]);
        if (text === undefined || file === undefined) continue;
        // Empty is a lock that is being written just now; its age decides.
        const dead = text !== "" && !isAlive(Number(text));
        if (dead || Date.now() - file.mtimeMs > ABANDONED_MS) {
            await rm(lock, { force: true });
            continue;
        }
        if (!told) onWait?.(Number(text));
        told = true;
        await sleep(POLL_MS, undefined, signal ? { signal } : {});
    }
}

function isAlive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        return isCode(error, "EPERM");
    }
}

/** What killed processes left of this very folder. */
async function removeLeftovers(folder: string): Promise<void> {
    const start = `${basename(folder)}.partial-`;
    const leftovers = (await readdir(dirname(folder))).filter((name) => {
        return name.startsWith(start) && !isAlive(Number(name.slice(start.length).split("-")[0]));
    });
    await Promise.all(leftovers.map((name) => rm(join(dirname(folder), name), { recursive: true, force: true })));
}

/** After a power failure a renamed folder must not hold empty files. */
async function syncFiles(folder: string): Promise<void> {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const file = await open(join(folder, entry.name), "r");
        await file.sync().finally(() => file.close());
    }
}

function isCode(error: unknown, code: string): boolean {
    return error instanceof Error && "code" in error && error.code === code;
}

function ignoring(code: string): (error: unknown) => undefined {
    return (error) => {
        if (!isCode(error, code)) throw error;
    };
}
