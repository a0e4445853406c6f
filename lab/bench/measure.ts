import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

/** One run of a command. */
export interface Run {
    readonly seconds: number;
    readonly exitCode: number;
    readonly stdout: string;
    /** Highest resident memory of each kind of process that it started, in MiB. */
    readonly peaks: ReadonlyMap<string, number>;
}

const SAMPLE_MS = 50;

/** Runs a command and watches the memory of everything that it starts (where there is a `/proc`). */
export async function measure(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Run> {
    const began = performance.now();
    const child = spawn(command, [...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    const output: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
    const peaks = new Map<string, number>();
    const timer = setInterval(() => {
        for (const [name, mebibytes] of child.pid === undefined ? [] : memoryBelow(child.pid))
            peaks.set(name, Math.max(peaks.get(name) ?? 0, mebibytes));
    }, SAMPLE_MS);
    const exitCode = await new Promise<number>((done, fail) => {
        child.once("error", fail);
        child.once("close", (code) => done(code ?? 1));
    });
    clearInterval(timer);
    return {
        seconds: (performance.now() - began) / 1000,
        exitCode,
        stdout: Buffer.concat(output).toString("utf8"),
        peaks,
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

function memoryBelow(root: number): [string, number][] {
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
        return [...parents.keys()].filter(below).map((pid) => [kindOf(pid), statusField(pid, "VmHWM")]);
    } catch {
        return [];
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
        return kinds.find(([pattern]) => pattern.test(line))?.[1] ?? "other";
    } catch {
        return "other";
    }
}
