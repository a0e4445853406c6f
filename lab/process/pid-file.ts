import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pause } from "../pause";

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessRecord {
    readonly name: string;
    readonly pid: number;
    /** Start time as the kernel gives it; text that is only compared. */
    readonly started: string;
}

/** Start time of a process; `undefined` when there is no such process (or only its zombie is left). */
export function processStart(pid: number): string | undefined {
    try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return fields[0] === "Z" ? undefined : fields[19];
    } catch {
        if (process.platform === "linux") return undefined;
    }
    try {
        return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || undefined;
    } catch {
        return undefined;
    }
}

/** Writes `<directory>/<name>.pid` in one step. */
export function writePidFile(directory: string, name: string, pid: number): void {
    const started = processStart(pid);
    if (started === undefined) return;
    mkdirSync(directory, { recursive: true });
    const path = join(directory, `${name}.pid`);
    const record: ProcessRecord = { name, pid, started };
    writeFileSync(`${path}.new`, JSON.stringify(record));
    renameSync(`${path}.new`, path);
}

export function removePidFile(directory: string, name: string): void {
    rmSync(join(directory, `${name}.pid`), { force: true });
}

/** The record of one process, if its file is there and whole. */
export function readPidFile(path: string): ProcessRecord | undefined {
    try {
        const value: unknown = JSON.parse(readFileSync(path, "utf8"));
        if (typeof value !== "object" || value === null || !("pid" in value) || !("started" in value)) return undefined;
        return { name: basename(path, ".pid"), pid: Number(value.pid), started: String(value.started) };
    } catch {
        return undefined;
    }
}

/** Every process that was recorded in a folder, living or not. */
export function recordedProcesses(directory: string): ProcessRecord[] {
    try {
        return readdirSync(directory)
            .filter((file) => file.endsWith(".pid"))
            .flatMap((file) => readPidFile(join(directory, file)) ?? []);
    } catch {
        return [];
    }
}

/** Whether the very process that was recorded still runs. */
export function isRunning(record: ProcessRecord): boolean {
    return processStart(record.pid) === record.started;
}

/**
 * Ends recorded processes: asks first, and kills what has not ended within the grace period.
 * @param graceMs milliseconds between asking and killing.
 */
export async function endProcesses(records: readonly ProcessRecord[], graceMs: number): Promise<void> {
    const signal = (record: ProcessRecord, name: NodeJS.Signals) => {
        try {
            if (isRunning(record)) process.kill(record.pid, name);
        } catch {
            // It ended in between.
        }
    };
    for (const record of records) signal(record, "SIGTERM");
    const deadline = Date.now() + graceMs;
    while (records.some(isRunning) && Date.now() < deadline) await pause(50);
    for (const record of records) signal(record, "SIGKILL");
    const killed = Date.now() + 5_000;
    while (records.some(isRunning) && Date.now() < killed) await pause(20);
}
