import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Counts } from "./counts";
import { removeFolder } from "./scratch-folder";
import { run, type Stage } from "./stage";

describe("a stage of the tests", () => {
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "stage-"));
    });
    afterEach(() => removeFolder(folder));

    /** A file of tests: one that holds, and one that fails as often as is said. */
    function tests(name: string, failing: number, where: "it" | "afterEach" = "it"): void {
        const runs = JSON.stringify(join(folder, `${name}.runs`));
        const fails = `const { existsSync, readFileSync, appendFileSync } = require("node:fs");
            appendFileSync(${runs}, "x");
            if (readFileSync(${runs}).length <= ${failing}) throw new Error("one of ${name}");`;
        const body =
            where === "it"
                ? `it("holds", () => {}); it("fails at times", () => { ${fails} });`
                : `it("holds", () => {}); it("holds too", () => {}); afterEach(() => { ${fails} });`;
        writeFileSync(join(folder, `${name}.test.cjs`), `describe("${name}", () => { ${body} });`);
    }

    let looks = 0;
    async function looked(secondLook: boolean, jobs = 2, limitMinutes = 5): Promise<Counts> {
        const files = [join(folder, "*.test.cjs")];
        const stage: Stage = { name: "this", kind: "mocha", limitMinutes, jobs, files, secondLook };
        return run(stage, { tally: join(folder, `tally-${looks++}`), output: "ignore", endGraceMs: 5_000 });
    }

    async function check(limitMinutes: number, ...command: readonly string[]): Promise<Counts> {
        const stage: Stage = { name: "this", kind: "check", limitMinutes, command };
        return run(stage, { tally: join(folder, "tally"), output: "ignore" });
    }

    const runsOf = (name: string) => readFileSync(join(folder, `${name}.runs`), "utf8").length;
    const titles = (failures: Counts["failures"]) => failures.map(({ title }) => title);

    it("counts what holds once", async () => {
        tests("steady", 0);
        const { passed, failed, unsteady } = await looked(true);
        assert.deepEqual(
            { passed, failed, unsteady, runs: runsOf("steady") },
            { passed: 2, failed: 0, unsteady: [], runs: 1 },
        );
    });

    it("looks a second time at a file that failed, at no other, and names what held only then", async () => {
        tests("steady", 0);
        tests("unsteady", 1);
        const { passed, failed, failures, unsteady } = await looked(true);
        assert.deepEqual({ passed, failed, failures }, { passed: 4, failed: 0, failures: [] });
        assert.deepEqual(unsteady, [{ title: "unsteady › fails at times", message: "one of unsteady" }]);
        assert.deepEqual([runsOf("steady"), runsOf("unsteady")], [1, 2]);
    });

    it("counts the tests that a failed hook kept from running", async () => {
        tests("unsteady", 1, "afterEach");
        const { passed, failed, unsteady } = await looked(true);
        assert.deepEqual({ passed, failed }, { passed: 2, failed: 0 });
        assert.match(titles(unsteady).join(), /"after each" hook/);
    });

    it("fails with what fails twice", async () => {
        tests("broken", 2);
        const { passed, failed, failures, unsteady } = await looked(true);
        assert.deepEqual({ passed, failed, unsteady }, { passed: 1, failed: 1, unsteady: [] });
        assert.deepEqual(titles(failures), ["broken › fails at times"]);
    });

    it("takes more failed files than a busy machine explains as they are", async () => {
        for (const name of ["a", "b", "c", "d"]) tests(name, 1);
        const { passed, failed } = await looked(true);
        assert.deepEqual({ passed, failed, runs: runsOf("a") }, { passed: 4, failed: 4, runs: 1 });
    });

    it("asks what a house promises once", async () => {
        tests("promise", 1);
        const { passed, failed, unsteady } = await looked(false);
        assert.deepEqual({ passed, failed, unsteady }, { passed: 1, failed: 1, unsteady: [] });
    });

    it("fails where a file of tests cannot be read, or ends the run, even well", async () => {
        for (const text of ["throw new Error('at its start');", "process.exit(0);"]) {
            writeFileSync(join(folder, "broken.test.cjs"), text);
            const counts = [await looked(true), await looked(false), await looked(false, 1)];
            assert.deepEqual(
                counts.map(({ failed }) => failed),
                [1, 1, 1],
            );
        }
    });

    it("is not kept by a worker that does not end, not even when it is asked to, and names it", async () => {
        const deaf = `process.on("SIGTERM", () => {});
            process.on("exit", () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));`;
        writeFileSync(join(folder, "deaf.test.cjs"), `${deaf} it("holds", () => {});`);
        const { passed, failed, unsteady } = await looked(true, 1);
        assert.deepEqual({ passed, failed }, { passed: 1, failed: 0 });
        assert.deepEqual(titles(unsteady), ["this › the end of its workers"]);
    });

    it("ends and has failed when its time is over, as tests and as a command", async () => {
        const waiting = `it("waits", () => new Promise((done) => setTimeout(done, 600_000))).timeout(0);`;
        writeFileSync(join(folder, "waiting.test.cjs"), waiting);
        for (const counts of [await looked(true, 1, 0.05), await check(0.01, "sleep", "600")]) {
            assert.equal(counts.failed, 1);
            assert.match(counts.failures.map(({ message }) => message).join(), /was ended after 0\.0[15] minutes/);
        }
    });

    it("passes on that it is to end, waits for that, and ends by the same signal", async () => {
        const ended = join(folder, "ended");
        const command = ["sh", "-c", `trap 'kill $!; echo > ${ended}; exit' INT; sleep 600 & echo waits; wait`];
        const stage: Stage = { name: "this", kind: "check", limitMinutes: 5, command };
        const how = { tally: join(folder, "tally"), output: "inherit" };
        const text = `require("./stage").run(${JSON.stringify(stage)}, ${JSON.stringify(how)})`;
        const runner = spawn(process.execPath, ["--import", "tsx", "-e", text], { cwd: __dirname, stdio: "pipe" });
        await once(runner.stdout, "data");
        runner.kill("SIGINT");
        const [, signal] = (await once(runner, "exit")) as [number | null, NodeJS.Signals | null];
        assert.deepEqual({ signal, ended: existsSync(ended) }, { signal: "SIGINT", ended: true });
    });

    it("is one check where it is a command", async () => {
        const held = await check(5, "sh", "-c", "exit 0");
        assert.deepEqual([held.passed, held.failed], [1, 0]);
        for (const command of [["sh", "-c", "exit 3"], ["no-such-program"]]) {
            const failed = await check(5, ...command);
            assert.deepEqual([failed.passed, failed.failed], [0, 1]);
        }
    });
});
