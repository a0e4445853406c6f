import { randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** How one folder of the cache is filled. */
export interface FillOptions {
    /** Whether the folder holds what it should; asked again whenever another process may have filled it. */
    readonly ready: () => boolean;
    /** Puts the content into `out`; `work` is on the same disk, is for temporary files, and goes afterwards. */
    readonly fill: (out: string, work: string) => Promise<void>;
    /** Called once when another process (its id, as it wrote it) is filling the same folder. */
    readonly onWait?: (pid: number) => void;
    readonly signal?: AbortSignal | undefined;
}

interface Owner {
    readonly pid: number;
    readonly host: string;
    readonly token: string;
}

const HEARTBEAT_MS = 5_000;
/** A lock nobody has touched for this long belongs to a dead process, even if its id lives on as another program. */
const ABANDONED_MS = 60_000;
const POLL_MS = 250;

/**
 * Fills a folder of the shared cache exactly once, however many processes ask: the content is made beside it and
 * appears with one rename, so a folder that exists is whole. A lock saves the work of doing the same twice; it is not
 * what keeps the content right, so losing a race for an abandoned lock costs time, never correctness.
 *
 * @returns who made it: this call, or somebody else before or meanwhile.
 */
export async function fillCacheEntry(folder: string, options: FillOptions): Promise<"made" | "found"> {
    if (options.ready()) return "found";
    await mkdir(dirname(folder), { recursive: true });
    const lock = `${folder}.lock`;
    const release = await acquire(lock, options);
    if (!release) return "found";
    const partial = `${folder}.partial-${process.pid}-${randomUUID().slice(0, 8)}`;
    try {
        if (options.ready()) return "found";
        await removeLeftovers(folder);
        const [out, work] = [join(partial, "out"), join(partial, "work")];
        await mkdir(out, { recursive: true });
        await mkdir(work);
        await options.fill(out, work);
        await syncFiles(out);
        // Only a folder that is not ready is in the way here: one whose content somebody deleted by hand.
        await rm(folder, { recursive: true, force: true });
        await rename(out, folder);
        return "made";
    } finally {
        await rm(partial, { recursive: true, force: true });
        await release();
    }
}

async function acquire(lock: string, options: FillOptions): Promise<(() => Promise<void>) | undefined> {
    const owner: Owner = { pid: process.pid, host: hostname(), token: randomUUID() };
    const candidate = `${lock}-${owner.token}`;
    let told = false;
    try {
        await writeFile(candidate, JSON.stringify(owner));
        for (;;) {
            options.signal?.throwIfAborted();
            if (options.ready()) return undefined;
            // A hard link appears with its content: nobody ever reads a half-written lock.
            const taken = await link(candidate, lock).then(() => true, ignoring("EEXIST"));
            if (taken) break;
            const holder = await readLock(lock);
            if (!holder) continue;
            if (holder.abandoned) {
                await takeAway(lock, holder.owner);
                continue;
            }
            if (!told) options.onWait?.(holder.owner.pid);
            told = true;
            await sleep(POLL_MS, undefined, options.signal ? { signal: options.signal } : {});
        }
    } finally {
        await rm(candidate, { force: true });
    }
    const heartbeat = setInterval(() => {
        const now = new Date();
        utimes(lock, now, now).catch(() => undefined);
    }, HEARTBEAT_MS);
    heartbeat.unref();
    return async () => {
        clearInterval(heartbeat);
        const holder = await readLock(lock);
        if (holder?.owner.token === owner.token) await rm(lock, { force: true });
    };
}

async function readLock(lock: string): Promise<{ owner: Owner; abandoned: boolean } | undefined> {
    const [text, file] = await Promise.all([
        readFile(lock, "utf8").catch(ignoring("ENOENT")),
        stat(lock).catch(ignoring("ENOENT")),
    ]);
    if (text === undefined || file === undefined) return undefined;
    const owner = parseOwner(text);
    const dead = owner.host === hostname() && !isAlive(owner.pid);
    return { owner, abandoned: dead || Date.now() - file.mtimeMs > ABANDONED_MS };
}

function parseOwner(text: string): Owner {
    try {
        const value: unknown = JSON.parse(text);
        if (typeof value === "object" && value !== null && "pid" in value && "host" in value && "token" in value) {
            return { pid: Number(value.pid), host: String(value.host), token: String(value.token) };
        }
    } catch {
        // A lock cut off by a power failure: its age decides.
    }
    return { pid: 0, host: "", token: text };
}

/** Removes an abandoned lock; puts it back when another process was quicker and it is already a living one's. */
async function takeAway(lock: string, abandoned: Owner): Promise<void> {
    const aside = `${lock}-${randomUUID()}`;
    const moved = await rename(lock, aside).then(() => true, ignoring("ENOENT"));
    if (!moved) return;
    if (parseOwner(await readFile(aside, "utf8")).token !== abandoned.token) {
        await link(aside, lock).catch(ignoring("EEXIST"));
    }
    await rm(aside, { force: true });
}

function isAlive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        return isCode(error, "EPERM");
    }
}

/** What a killed build left of this very folder; the lock is ours, so nobody is working on it. */
async function removeLeftovers(folder: string): Promise<void> {
    const parent = dirname(folder);
    const leftovers = (await readdir(parent)).filter((name) => name.startsWith(`${basename(folder)}.partial-`));
    await Promise.all(leftovers.map((name) => rm(join(parent, name), { recursive: true, force: true })));
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
