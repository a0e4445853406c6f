import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Child, type ChildOptions } from "../../../lab/process/child";
import { endProcesses, isRunning, readPidFile, recordedProcesses } from "../../../lab/process/pid-file";
import { eventually } from "../../support/eventually";
import { removeFolder } from "../../support/scratch-folder";

const IDLE = "setInterval(() => {}, 1000); console.log('up')";

describe("a child process", () => {
    let folder: string;
    const children: Child[] = [];

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "child-"));
    });
    afterEach(async () => {
        for (const child of children.splice(0)) await child.stop();
        removeFolder(folder);
    });

    function child(program: string, more: Partial<ChildOptions> = {}): Child {
        const made = new Child({
            ...{ name: "program", command: process.execPath, args: ["-e", program] },
            ...{ logFile: join(folder, "logs", "program.log"), pidDirectory: join(folder, "run"), restart: false },
            ...more,
        });
        children.push(made);
        return made;
    }

    it("writes its output to the log and its number to the pid file", async () => {
        const one = child(IDLE);
        await eventually("it has spoken", () => one.tail().includes("up"));
        assert.equal(readPidFile(join(folder, "run", "program.pid"))?.pid, one.pid);
    });

    it("takes its pid file with it when it is stopped", async () => {
        const one = child(IDLE, { restart: true });
        await eventually("it has spoken", () => one.tail().includes("up"));
        const record = readPidFile(join(folder, "run", "program.pid"));
        await one.stop();
        assert.ok(record);
        assert.equal(isRunning(record), false);
        assert.equal(one.pid, undefined);
        assert.equal(one.crashes, 0);
        assert.equal(existsSync(join(folder, "run", "program.pid")), false);
    });

    it("is killed when it does not end within its grace period", async () => {
        const one = child(`process.on("SIGTERM", () => {}); ${IDLE}`, { stopGraceMs: 50 });
        await eventually("it has spoken", () => one.tail().includes("up"));
        await one.stop();
        assert.match(one.tail(), /program ended with SIGKILL/);
    });

    it("is started again when it crashes, with a new number in its pid file", async () => {
        const one = child(`console.log('up'); setTimeout(() => process.exit(3), 50)`, { restart: true });
        const first = one.pid;
        await eventually("it runs again", () => one.crashes > 0 && one.pid !== undefined && one.pid !== first);
        assert.match(one.tail(), /program ended with exit code 3/);
        const second = one.pid;
        assert.equal(readPidFile(join(folder, "run", "program.pid"))?.pid, second);
    });

    it("is not started again where that is not wanted", async () => {
        const one = child("process.exit(4)");
        await eventually("it has ended", () => one.tail().includes("exit code 4"));
        assert.equal(one.crashes, 0);
        assert.equal(one.pid, undefined);
    });

    it("that cannot be started says why in its log, and can be stopped", async () => {
        const one = child("", { command: join(folder, "nothing"), args: [] });
        await eventually("its log tells of it", () => /did not start: .*ENOENT/.test(one.tail()));
        await one.stop();
    });

    it("whose parent was killed is found by its pid file and ended", async () => {
        const options = {
            ...{ name: "orphan", command: process.execPath, args: ["-e", IDLE], restart: true },
            ...{ logFile: join(folder, "orphan.log"), pidDirectory: folder },
        };
        const script = join(folder, "parent.ts");
        const module = JSON.stringify(resolve(__dirname, "../../../lab/process/child"));
        writeFileSync(script, `const { Child } = require(${module}); new Child(${JSON.stringify(options)});\n`);
        const parent = spawn(process.execPath, ["--import", require.resolve("tsx"), script], { stdio: "ignore" });
        const exited = once(parent, "exit");
        await eventually(
            "its child has spoken",
            () => existsSync(join(folder, "orphan.log")) && readFileSync(join(folder, "orphan.log"), "utf8") !== "",
        );
        parent.kill("SIGKILL");
        await exited;
        const [orphan] = recordedProcesses(folder);
        assert.ok(orphan);
        assert.equal(isRunning(orphan), true);
        await endProcesses([orphan], 2_000);
        assert.equal(isRunning(orphan), false);
    });
});
