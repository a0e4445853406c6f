import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
    endProcesses,
    isRunning,
    processStart,
    readPidFile,
    recordedProcesses,
    removePidFile,
    writePidFile,
    type ProcessRecord,
} from "../../../lab/process/pid-file";
import { removeFolder } from "../../support/scratch-folder";

describe("pid files", () => {
    let folder: string;
    const children: ChildProcess[] = [];

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "pids-"));
    });
    afterEach(() => {
        removeFolder(folder);
        for (const child of children.splice(0)) child.kill("SIGKILL");
    });

    async function started(program: string): Promise<ProcessRecord> {
        const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "ignore"] });
        children.push(child);
        await once(child.stdout, "data");
        assert.ok(child.pid);
        writePidFile(folder, "program", child.pid);
        const record = readPidFile(join(folder, "program.pid"));
        assert.ok(record);
        return record;
    }

    const IDLE = "setInterval(() => {}, 1000); console.log(1)";
    const DEAF = `process.on("SIGTERM", () => {}); ${IDLE}`;

    it("find a process that runs, and no other file is read", async () => {
        const record = await started(IDLE);
        writeFileSync(join(folder, "daemon.sock"), "");
        writeFileSync(join(folder, "torn.pid"), '{"pid":');
        assert.deepEqual(recordedProcesses(folder), [record]);
        assert.equal(record.name, "program");
        assert.equal(isRunning(record), true);
    });

    it("never take another process with the same number for the recorded one", async () => {
        const record = await started(IDLE);
        const impostor = { ...record, started: `${record.started}0` };
        assert.equal(isRunning(impostor), false);
        await endProcesses([impostor], 0);
        assert.equal(isRunning(record), true);
    });

    it("do not count a process that has ended, even while its parent has not taken note", async () => {
        const record = await started(IDLE);
        await endProcesses([record], 2_000);
        assert.equal(isRunning(record), false);
        assert.equal(processStart(record.pid), undefined);
    });

    it("end a process that does not listen, after the grace period", async () => {
        const record = await started(DEAF);
        await endProcesses([record], 100);
        assert.equal(isRunning(record), false);
    });

    it("are written whole, and can be removed twice", async () => {
        await started(IDLE);
        assert.deepEqual(readdirSync(folder), ["program.pid"]);
        removePidFile(folder, "program");
        removePidFile(folder, "program");
        assert.deepEqual(recordedProcesses(folder), []);
    });

    it("are none where the folder is none", () => {
        assert.deepEqual(recordedProcesses(join(folder, "nowhere")), []);
    });
});
