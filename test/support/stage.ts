import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import type { Counted, Counts, Failure, Tallied } from "./counts";

/** One part of `make test`. */
export type Stage = {
    readonly name: string;
    /** Then it is ended and has failed: what waits for ever must not keep the other stages from being asked. */
    readonly limitMinutes: number;
} & (
    | {
          /** A command is one check, which holds or not. */
          readonly kind: "check";
          readonly command: readonly string[];
      }
    | {
          /** A run of mocha counts its tests. */
          readonly kind: "mocha";
          readonly files: readonly string[];
          /** How many files run at once. */
          readonly jobs: number;
          /**
           * Whether files that fail run once more, one after the other, so that one test of thousands which a
           * busy machine delayed does not hide what the others say. It is named in the end all the same.
           * Not for what real machines show of a house: that holds each time, or it does not hold.
           */
          readonly secondLook: boolean;
      }
);

/** More files than this do not fail by chance. */
const SECOND_LOOK_FILES = 3;

/** All tests are counted when the workers are asked to end: what still runs after this time will not end by itself. */
const END_GRACE_MS = 30_000;

/** A group of its own does not get these from the terminal. */
const PASSED_ON = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const NOTHING: Counted = { passed: 0, failed: 0, skipped: 0 };

interface Run {
    /** Where the stage may write, a path without an ending. */
    readonly tally: string;
    /** Where what it says goes: to those who wait for it, or nowhere. */
    readonly output: "inherit" | "ignore";
    /** Default {@link END_GRACE_MS}. */
    readonly endGraceMs?: number;
}

export async function run(stage: Stage, how: Run): Promise<Counts> {
    if (stage.kind === "check") {
        const end = await ended(stage.command, stage, how);
        const failures = end.kind === "late" ? [late(stage)] : [];
        const held = end.kind === "exit" && end.code === 0;
        return { passed: held ? 1 : 0, failed: held ? 0 : 1, skipped: 0, failures, unsteady: [] };
    }
    const first = await mocha(stage, stage.files, stage.jobs, { ...how, tally: `${how.tally}.json` });
    const failed = Object.keys(first.files).filter((file) => (first.files[file]?.failed ?? 0) > 0);
    // What failed outside of any file has no second look.
    const named = failed.length > 0 && !failed.includes("");
    if (!stage.secondLook || !named || failed.length > SECOND_LOOK_FILES) return first;
    if (how.output === "inherit")
        console.log(`\n== ${stage.name}, a second look at ${failed.length === 1 ? "a file" : "files"} that failed`);
    const second = await mocha(stage, failed, 1, { ...how, tally: `${how.tally}-again.json` });
    const sum = (key: keyof Counted) =>
        failed.reduce((left, file) => left - (first.files[file] ?? NOTHING)[key], first[key]) + second[key];
    const still = new Set(second.failures.map(({ title }) => title));
    return {
        ...{ passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") },
        failures: second.failures,
        unsteady: [...first.unsteady, ...second.unsteady, ...first.failures.filter(({ title }) => !still.has(title))],
    };
}

async function mocha(stage: Stage, files: readonly string[], jobs: number, how: Run): Promise<Tallied> {
    const options = ["--parallel", "--jobs", String(jobs), "--reporter", "test/support/tally.ts"];
    const end = await ended(["mocha", ...options, ...files], stage, how);
    const tallied = readTally(how.tally);
    if (tallied && end.kind === "stuck") return { ...tallied, unsteady: [...tallied.unsteady, stuck(stage)] };
    if (tallied && end.kind === "exit" && (end.code === 0 || tallied.failed > 0)) return tallied;
    // A run that ended without counting, even well, or failed although it counted no failure, has failed.
    const counted = tallied ?? { ...NOTHING, failures: [], unsteady: [], files: {} };
    return {
        ...counted,
        failed: 1,
        failures: end.kind === "late" ? [late(stage)] : counted.failures,
        files: { ...counted.files, "": { ...NOTHING, failed: 1 } },
    };
}

const late = ({ name, limitMinutes }: Stage): Failure => ({
    title: name,
    message: `was ended after ${limitMinutes} minutes: the last lines of its report say where it waited`,
});

const stuck = ({ name }: Stage): Failure => ({
    title: `${name} › the end of its workers`,
    message: "all tests were counted, and a process of mocha did not end by itself",
});

/** How a command ended: by itself, by us when it had counted all its tests, or by us when its time was over. */
type End = { readonly kind: "exit"; readonly code: number } | { readonly kind: "stuck" | "late" };

async function ended(
    [command = "", ...args]: readonly string[],
    { limitMinutes }: Stage,
    { tally, output, endGraceMs = END_GRACE_MS }: Run,
): Promise<End> {
    return new Promise<End>((done) => {
        // A group of its own, so that the workers can be ended with it.
        const child = spawn(command, args, {
            stdio: ["ignore", output, output],
            env: { ...process.env, TEST_TALLY: tally },
            detached: true,
        });
        const send = (signal: NodeJS.Signals) => {
            try {
                if (child.pid !== undefined) process.kill(-child.pid, signal);
            } catch {
                // It has ended meanwhile.
            }
        };
        let asked: NodeJS.Signals | undefined;
        const pass = (signal: NodeJS.Signals) => send((asked = signal));
        for (const signal of PASSED_ON) process.on(signal, pass);
        let countedAt: number | undefined;
        let end: End | undefined;
        const began = Date.now();
        const watch = setInterval(() => {
            if (existsSync(tally)) countedAt ??= Date.now();
            if (countedAt !== undefined && Date.now() - countedAt > endGraceMs) end = { kind: "stuck" };
            else if (Date.now() - began > limitMinutes * 60_000) end = { kind: "late" };
            if (end) send("SIGKILL");
        }, 100);
        const finish = (by: End) => {
            clearInterval(watch);
            for (const signal of PASSED_ON) process.off(signal, pass);
            if (asked) process.kill(process.pid, asked);
            else done(end ?? by);
        };
        child.once("error", () => finish({ kind: "exit", code: 127 }));
        child.once("exit", (code) => finish({ kind: "exit", code: code ?? 1 }));
    });
}

function readTally(file: string): Tallied | undefined {
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Tallied) : undefined;
}
