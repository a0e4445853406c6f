import { strict as assert } from "node:assert";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildTool } from "../../../lab/toolchain/build";
import { catalogue } from "../../../lab/toolchain/catalogue";
import { eventually } from "../../support/eventually";
import { removeFolder } from "../../support/scratch-folder";

describe("the program that idles (built by the real Go)", function () {
    this.timeout(120_000);
    let folder: string;
    let idle: string;
    const running: ChildProcess[] = [];

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "homelab-idle-"));
        idle = await buildTool(catalogue().idle, { cache: join(folder, "cache"), env: process.env });
    });
    after(() => removeFolder(folder));
    afterEach(() => running.splice(0).forEach((child) => child.kill("SIGKILL")));

    const start = (command: string, ...args: readonly string[]): ChildProcess & { pid: number } => {
        const child = spawn(command, args, { stdio: "ignore" });
        running.push(child);
        const { pid } = child;
        assert(pid !== undefined);
        return Object.assign(child, { pid });
    };
    /** It waits for signals once it has become the program that was built. */
    const started = (pid: number): Promise<boolean> =>
        eventually("it waits for signals", () => {
            const status = readFileSync(`/proc/${pid}/status`, "utf8");
            const caught = BigInt(`0x${/^SigCgt:\s*(\w+)/m.exec(status)?.[1] ?? "0"}`);
            assert.match(status, /^Name:\s*idle$/m);
            assert.notEqual(caught & (1n << 16n), 0n, "SIGCHLD is not asked for yet");
            return true;
        });
    const freePort = async (): Promise<number> => {
        const server = createServer().listen(0, "127.0.0.1");
        await once(server, "listening");
        const address = server.address();
        server.close();
        await once(server, "close");
        assert(address !== null && typeof address === "object");
        return address.port;
    };

    for (const signal of ["SIGTERM", "SIGINT"] as const)
        it(`waits until ${signal} and ends well`, async () => {
            const port = await freePort();
            const child = start(idle, "serve", String(port));
            // It asks for the signals before it listens.
            await eventually("it answers", async () => (await fetch(`http://127.0.0.1:${port}/`)).ok);
            assert.equal(child.exitCode, null);
            child.kill(signal);
            const [code] = (await once(child, "exit")) as [number | null];
            assert.equal(code, 0);
        });

    it("waits with the arguments of the program that it stands for", async function () {
        if (!existsSync("/proc/self/status")) this.skip();
        const child = start(idle, "manager", "--port=8080");
        await started(child.pid);
        assert.equal(child.exitCode, null);
    });

    it("collects what ends below it", async function () {
        if (!existsSync("/proc/self/status")) this.skip();
        const { pid } = start("/bin/sh", "-c", `true & sleep 0.3 & exec "${idle}"`);
        await started(pid);
        const children = `/proc/${pid}/task/${pid}/children`;
        await eventually("nothing is left below it", () => readFileSync(children, "utf8") === "");
    });

    it("answers any path while it serves", async () => {
        const port = await freePort();
        start(idle, "serve", String(port));
        await eventually("it answers", async () => {
            const answer = await fetch(`http://127.0.0.1:${port}/healthz?verbose`);
            assert.deepEqual([answer.status, await answer.text()], [200, "ok\n"]);
            return true;
        });
        const head = await fetch(`http://127.0.0.1:${port}/`, { method: "HEAD" });
        assert.deepEqual([head.status, await head.text()], [200, ""]);
    });

    for (const [args, code, complaint] of [
        [["serve", "http"], 2, /"http" is no port/],
        [["serve", "0"], 2, /"0" is no port/],
        [["serve"], 2, /usage: idle \[serve <port>\]/],
    ] as const)
        it(`refuses "${args.join(" ")}"`, () => {
            const ended = spawnSync(idle, args, { encoding: "utf8" });
            assert.equal(ended.status, code);
            assert.match(ended.stderr, complaint);
        });

    it("says that its port is taken", async () => {
        const server = createServer().listen(0);
        await once(server, "listening");
        const address = server.address();
        assert(address !== null && typeof address === "object");
        const ended = spawnSync(idle, ["serve", String(address.port)], { encoding: "utf8" });
        server.close();
        assert.equal(ended.status, 1);
        assert.match(ended.stderr, /^idle: serve: .*address already in use/);
    });
});
