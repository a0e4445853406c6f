import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import type { Counted, Counts, Tallied } from "./counts";

/** One part of `make test`. */
export type Stage = { readonly name: string } & (
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

const NOTHING: Counted = { passed: 0, failed: 0, skipped: 0 };

interface Run {
    /** Where the stage may write, a path without an ending. */
    readonly tally: string;
    /** Where what it says goes: to those who wait for it, or nowhere. */
    readonly output: "inherit" | "ignore";
}

export async function run(stage: Stage, { tally, output }: Run): Promise<Counts> {
    if (stage.kind === "check") {
        const held = (await ended(stage.command, { output })) === 0;
        return { passed: held ? 1 : 0, failed: held ? 0 : 1, skipped: 0, failures: [], unsteady: [] };
    }
    const first = await mocha(stage.files, stage.jobs, { tally: `${tally}.json`, output });
    const failed = Object.keys(first.files).filter((file) => (first.files[file]?.failed ?? 0) > 0);
    // What failed outside of any file has no second look.
    const named = failed.length > 0 && !failed.includes("");
    if (!stage.secondLook || !named || failed.length > SECOND_LOOK_FILES) return first;
    if (output === "inherit")
        console.log(`\n== ${stage.name}, a second look at ${failed.length === 1 ? "a file" : "files"} that failed`);
    const second = await mocha(failed, 1, { tally: `${tally}-again.json`, output });
    const sum = (key: keyof Counted) =>
        failed.reduce((left, file) => left - (first.files[file] ?? NOTHING)[key], first[key]) + second[key];
    const still = new Set(second.failures.map(({ title }) => title));
    return {
        ...{ passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") },
        failures: second.failures,
        unsteady: first.failures.filter(({ title }) => !still.has(title)),
    };
}

async function mocha(files: readonly string[], jobs: number, { tally, output }: Run): Promise<Tallied> {
    const options = ["--parallel", "--jobs", String(jobs), "--reporter", "test/support/tally.ts"];
    const exitCode = await ended(["mocha", ...options, ...files], { output, env: { TEST_TALLY: tally } });
    const tallied = readTally(tally);
    if (tallied && (exitCode === 0 || tallied.failed > 0)) return tallied;
    // A run that ended without counting, even well, or failed although it counted no failure, has failed.
    const counted = tallied ?? { ...NOTHING, failures: [], unsteady: [], files: {} };
    return { ...counted, failed: 1, files: { ...counted.files, "": { ...NOTHING, failed: 1 } } };
}

async function ended(
    [command = "", ...args]: readonly string[],
    { output, env }: Pick<Run, "output"> & { readonly env?: NodeJS.ProcessEnv },
): Promise<number> {
    return new Promise<number>((done) => {
        const child = spawn(command, args, {
            stdio: ["ignore", output, output],
            env: { ...process.env, ...env },
        });
        child.once("error", () => done(127));
        child.once("exit", (code) => done(code ?? 1));
    });
}

function readTally(file: string): Tallied | undefined {
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Tallied) : undefined;
}
