import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Counts, Failure } from "./support/counts";
import { removeFolder } from "./support/scratch-folder";

interface Stage {
    readonly name: string;
    readonly command: readonly string[];
    /** A mocha run counts its tests; any other command is one check, which holds or not. */
    readonly kind: "mocha" | "check";
}

const mocha = (jobs: number, ...files: string[]): readonly string[] => [
    ...["mocha", "--parallel", "--jobs", String(jobs), "--reporter", "test/support/tally.ts", ...files],
];

/** Fast first: a mistake that a type shows should not wait for a house to come up. */
const stages: readonly Stage[] = [
    { name: "types", kind: "check", command: ["npm", "run", "--silent", "check:types"] },
    { name: "format", kind: "check", command: ["npm", "run", "--silent", "check:format"] },
    { name: "lint", kind: "check", command: ["npm", "run", "--silent", "check:lint"] },
    { name: "programs", kind: "check", command: ["node", "--import", "tsx", "test/support/programs.ts"] },
    { name: "toolchain", kind: "check", command: ["npm", "run", "--silent", "lab", "--", "toolchain"] },
    {
        name: "program",
        kind: "mocha",
        command: mocha(2, "test/{infra,components,policies,services,stacks,docs,scripts,ci}/**/*.test.ts"),
    },
    {
        name: "lab, in parts",
        kind: "mocha",
        command: mocha(2, "test/lab/*.test.ts", "test/lab/!(house|faults|real-house)/**/*.test.ts"),
    },
    { name: "lab, whole houses", kind: "mocha", command: mocha(2, "test/lab/{house,faults}/**/*.test.ts") },
    // Alone: six machines with containers need both processors.
    { name: "lab, real machines", kind: "mocha", command: mocha(1, "test/lab/real-house/**/*.test.ts") },
];

async function main(): Promise<number> {
    const folder = mkdtempSync(join(tmpdir(), "homelab-test-"));
    const total = { passed: 0, failed: 0, skipped: 0 };
    const failed: string[] = [];
    const failures: Failure[] = [];
    try {
        for (const [index, stage] of stages.entries()) {
            const began = Date.now();
            console.log(`\n== ${stage.name}`);
            const counts = await run(stage, join(folder, `${index}.json`));
            total.passed += counts.passed;
            total.failed += counts.failed;
            total.skipped += counts.skipped;
            if (counts.failed > 0) failed.push(stage.name);
            failures.push(...counts.failures);
            console.log(
                `== ${stage.name}: ${counts.failed > 0 ? "FAILED" : "ok"} after ${Math.round((Date.now() - began) / 1000)} s`,
            );
        }
    } finally {
        removeFolder(folder);
    }
    if (failed.length > 0) console.log(`\nfailed: ${failed.join(", ")}`);
    for (const { title, message } of failures) console.log(`- ${title}\n${shortened(message)}`);
    console.log(
        `\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`,
    );
    return total.failed > 0 ? 1 : 0;
}

async function run(stage: Stage, tally: string): Promise<Counts> {
    const [command = "", ...args] = stage.command;
    const exitCode = await new Promise<number>((done) => {
        const child = spawn(command, args, {
            stdio: ["ignore", "inherit", "inherit"],
            env: { ...process.env, TEST_TALLY: tally },
        });
        child.once("error", () => done(127));
        child.once("exit", (code) => done(code ?? 1));
    });
    if (stage.kind === "check")
        return { passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, skipped: 0, failures: [] };
    const counts = readCounts(tally);
    // A run that ended without counting, or failed although it counted no failure, has failed.
    return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

function readCounts(file: string): Counts {
    try {
        return JSON.parse(readFileSync(file, "utf8")) as Counts;
    } catch {
        return { passed: 0, failed: 0, skipped: 0, failures: [] };
    }
}

/** The start of what a failed test said, indented: the whole stands in the report of its stage. */
function shortened(message: string): string {
    const lines = message.split("\n").slice(0, 6);
    return lines.map((line) => `    ${line.slice(0, 200)}`).join("\n");
}

void main().then((code) => {
    process.exitCode = code;
});
