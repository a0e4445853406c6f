import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fillCacheEntry, type FillOptions } from "../../../lab/toolchain/cache-entry";
import { removeFolder } from "../../support/scratch-folder";

describe("a folder of the shared cache", () => {
    let root: string;
    let folder: string;
    const ready = (): boolean => existsSync(join(folder, "file"));
    const write: FillOptions["fill"] = async (out) => writeFileSync(join(out, "file"), "whole");
    const deadPid = (): number => spawnSync("true").pid;

    beforeEach(() => {
        root = mkdtempSync(join(tmpdir(), "homelab-cache-"));
        folder = join(root, "tools", "sundial-0123");
        mkdirSync(join(root, "tools"));
    });
    afterEach(() => removeFolder(root));

    it("is filled once when two ask at the same time, and the second is told whom it waits for", async () => {
        let fills = 0;
        let letFirstEnd = (): void => undefined;
        const firstMayEnd = new Promise<void>((resolve) => (letFirstEnd = resolve));
        const waits: number[] = [];
        const fill: FillOptions["fill"] = async (out, work) => {
            fills += 1;
            await firstMayEnd;
            await write(out, work);
        };
        const onWait = (pid: number): void => {
            waits.push(pid);
            letFirstEnd();
        };
        await Promise.all([1, 2].map(() => fillCacheEntry(folder, { ready, fill, onWait })));
        assert.equal(fills, 1);
        assert.deepEqual(waits, [process.pid]);
        assert.deepEqual(readdirSync(join(root, "tools")), ["sundial-0123"]);
    });

    it("does not exist, and is not locked, after filling it failed", async () => {
        const fill: FillOptions["fill"] = async (out, work) => {
            await write(out, work);
            throw new Error("half-way");
        };
        await assert.rejects(fillCacheEntry(folder, { ready, fill }), /half-way/);
        assert.deepEqual(readdirSync(join(root, "tools")), []);
    });

    it("is taken over from a process that died, together with what that one left", async () => {
        const pid = deadPid();
        writeFileSync(`${folder}.lock`, String(pid));
        mkdirSync(`${folder}.partial-${pid}-abcd/work`, { recursive: true });
        await fillCacheEntry(folder, { ready, fill: write, onWait: () => assert.fail("waited for a dead process") });
        assert.deepEqual(readdirSync(join(root, "tools")), ["sundial-0123"]);
        assert.ok(ready());
    });

    it("is taken over when nobody has touched the lock for long, though its process id is in use again", async () => {
        writeFileSync(`${folder}.lock`, String(process.pid));
        const longAgo = new Date(Date.now() - 120_000);
        utimesSync(`${folder}.lock`, longAgo, longAgo);
        await fillCacheEntry(folder, { ready, fill: write });
        assert.ok(ready());
    });

    it("leaves alone what a living process is working on", async () => {
        const alive = `${folder}.partial-${process.pid}-abcd`;
        mkdirSync(alive);
        await fillCacheEntry(folder, { ready, fill: write });
        assert.ok(existsSync(alive));
    });

    it("is filled again when its content was deleted by hand", async () => {
        mkdirSync(folder);
        writeFileSync(join(folder, "something else"), "");
        await fillCacheEntry(folder, { ready, fill: write });
        assert.deepEqual(readdirSync(folder), ["file"]);
    });

    it("is no longer waited for once the signal is given", async () => {
        writeFileSync(`${folder}.lock`, String(process.pid));
        const stop = new AbortController();
        const onWait = (): void => stop.abort(new Error("Ctrl-C"));
        const waiting = fillCacheEntry(folder, { ready, fill: write, onWait, signal: stop.signal });
        await assert.rejects(waiting);
        assert.ok(!ready());
    });
});
