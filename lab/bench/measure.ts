import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

/** One run of a command. */
export interface Run {
    readonly seconds: number;
    readonly exitCode: number;
    readonly stdout: string;
    /** Highest resident memory of each kind of process that it started, in MiB. */
    readonly peaks: ReadonlyMap<string, number>;
    /** Processor time of each kind of process, in seconds: as good a figure on a busy machine. */
    readonly processor: ReadonlyMap<string, number>;
}

const SAMPLE_MS = 50;
const OTHER = "other";

/** Runs a command and watches the memory and the processor time of everything that it starts (where there is a `/proc`). */
export async function measure(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Run> {
    const began = performance.now();
    const child = spawn(command, [...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    const output: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
    const peaks = new Map<string, number>();
    const last = new Map<number, Usage>();
    const timer = setInterval(() => {
        for (const usage of child.pid === undefined ? [] : usageBelow(child.pid)) {
            peaks.set(usage.kind, Math.max(peaks.get(usage.kind) ?? 0, usage.mebibytes));
            // One that has ended and was not waited for yet has no command line any more.
            const kind = usage.kind === OTHER ? (last.get(usage.pid)?.kind ?? OTHER) : usage.kind;
            last.set(usage.pid, { ...usage, kind });
        }
    }, SAMPLE_MS);
    const exitCode = await new Promise<number>((done, fail) => {
        child.once("error", fail);
        child.once("close", (code) => done(code ?? 1));
    });
    clearInterval(timer);
    const processor = new Map<string, number>();
    for (const { kind, seconds } of last.values()) processor.set(kind, (processor.get(kind) ?? 0) + seconds);
    return {
        seconds: (performance.now() - began) / 1000,
        exitCode,
        stdout: Buffer.concat(output).toString("utf8"),
        peaks,
        processor,
    };
}

export function median(values: readonly number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = Math.floor(sorted.length / 2);
    return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Peak memory of one process so far, in MiB; 0 where the system does not tell. */
export function peakMemory(pid: number): number {
    return statusField(pid, "VmHWM");
}

interface Usage {
    readonly pid: number;
    readonly kind: string;
    /** Highest resident memory so far. */
    readonly mebibytes: number;
    /** Processor time so far. */
    readonly seconds: number;
}

function usageBelow(root: number): Usage[] {
    try {
        const parents = new Map(
            readdirSync("/proc")
                .filter((name) => /^\d+$/.test(name))
                .map((pid) => [Number(pid), statusField(Number(pid), "PPid") * 1024] as const),
        );
        const below = (pid: number): boolean => {
            const parent = parents.get(pid);
            return pid === root || (parent !== undefined && parent > 1 && below(parent));
        };
        return [...parents.keys()].filter(below).map((pid) => ({
            pid,
            kind: kindOf(pid),
            mebibytes: peakMemory(pid),
            seconds: processorTime(pid),
        }));
    } catch {
        return [];
    }
}

/** Seconds of a process in its own code and in the system's; 0 where the system does not tell. */
function processorTime(pid: number): number {
    try {
        // The name, in brackets, may hold spaces. User and system time are the 14th and 15th of all fields, in 1/100 s.
        const [, fields = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
        const [user = 0, system = 0] = fields.split(" ").slice(11, 13).map(Number);
        return (user + system) / 100;
    } catch {
        return 0;
    }
}

/** A number of `/proc/<pid>/status`; sizes are given there in KiB and here in MiB. */
function statusField(pid: number, field: string): number {
    try {
        const line = readFileSync(`/proc/${pid}/status`, "utf8")
            .split("\n")
            .find((text) => text.startsWith(`${field}:`));
        return Number(/\d+/.exec(line ?? "")?.[0] ?? 0) / 1024;
    } catch {
        return 0;
    }
}

function kindOf(pid: number): string {
    try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        const kinds: [RegExp, string][] = [
            [/run-policy-pack/, "policy pack"],
            [/language-host/, "language host"],
            [/shim\.mjs/, "plugin shim (each)"],
            [/@pulumi\/pulumi\/cmd\/run/, "program"],
            [/pulumi-cli/, "engine"],
        ];
        return kinds.find(([pattern]) => pattern.test(line))?.[1] ?? OTHER;
    } catch {
        return OTHER;
    }
}
