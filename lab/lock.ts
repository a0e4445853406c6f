import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { LabPaths } from "./paths";
import { isRunning, processStart, readPidFile } from "./process/pid-file";

/** The lab is being changed by another command. */
export class LockedError extends Error {}

/**
 * Lets one command at a time change a lab.
 * @param command shown to whoever finds the lock, for example `up`.
 * @returns releases the lock.
 * @throws LockedError naming the process that holds it. The lock of a process that is gone is taken over.
 */
export function takeLock(paths: LabPaths, command: string): () => void {
    mkdirSync(paths.root, { recursive: true, mode: 0o700 });
    const file = lockFile(paths);
    for (let attempt = 0; ; attempt++) {
        try {
            const handle = openSync(file, "wx", 0o600);
            writeSync(handle, JSON.stringify({ pid: process.pid, started: processStart(process.pid), command }));
            closeSync(handle);
            return () => rmSync(file, { force: true });
        } catch (error) {
            if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
        }
        const holder = readPidFile(file);
        if (holder && isRunning(holder))
            throw new LockedError(
                `${file}: process ${holder.pid} is changing this lab (one command at a time); wait until it has ended, or stop it`,
            );
        // Twice the same half-written lock: its writer is gone.
        if (attempt < 2 && !holder) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
        else rmSync(file, { force: true });
    }
}

/** The living holder of the lock; `undefined` when nobody changes the lab. */
export function lockHolder(paths: LabPaths): { readonly pid: number; readonly alive: boolean } | undefined {
    const holder = readPidFile(lockFile(paths));
    return holder && { pid: holder.pid, alive: isRunning(holder) };
}

function lockFile(paths: LabPaths): string {
    return join(paths.root, "lock");
}
