import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync } from "node:fs";
import { createServer, get } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Gateway } from "../../../../lab/cluster/real/gateway";
import { Lan } from "../../../../lab/cluster/real/lan";
import { Namespaces } from "../../../../lab/cluster/real/namespaces";
import { UPLINK } from "../../../../lab/cluster/real/uplink";
import { labPaths, type LabPaths } from "../../../../lab/paths";
import { pause } from "../../../../lab/pause";
import { processStart } from "../../../../lab/process/pid-file";
import { eventually } from "../../../support/eventually";
import { removeFolder } from "../../../support/scratch-folder";

/** Unused by the labs of other tests. */
const HOST = { address: `127.${100 + (process.pid % 150)}.20.31`, port: 8080 };
const MACHINE = "192.168.20.31";

describe("the network of real machines", function () {
    this.timeout(30_000);
    let folder: string;
    let paths: LabPaths;
    let lan: Lan;
    let gateway: Gateway;
    let machine: Namespaces;
    const closers: (() => unknown)[] = [];

    before(async function () {
        if (process.getuid?.() !== 0) this.skip();
        folder = mkdtempSync(join(tmpdir(), "lan-"));
        closers.push(() => removeFolder(folder));
        paths = labPaths(resolve(__dirname, "..", "..", "..", ".."), { LAB_DIR: folder });
        for (const needed of [paths.logs, paths.run]) mkdirSync(needed, { recursive: true });
        lan = await Lan.open(paths);
        closers.push(() => lan.close());
        gateway = Gateway.open(paths, lan);
        closers.push(() => gateway.close());
        machine = await Namespaces.open({
            ...{ name: "machine", setUp: "mount -t proc proc /proc; ip link set lo up" },
            ...{ logFile: join(paths.logs, "machine.log"), pidDirectory: paths.run },
        });
        closers.push(() => machine.close());
        await lan.plug(1, machine, MACHINE);
    });
    after(async () => {
        for (const close of closers.reverse()) await close();
    });

    const hello = `require("node:http").createServer((_q, r) => r.end("hello")).listen(80)`;
    /** The answer, or the code of what went wrong; whoever is not answered gives up. */
    const askAt = ({ address, port }: typeof HOST) =>
        new Promise<string>((done) => {
            const asked = get({ host: address, port, agent: false, timeout: 5_000 }, (response) => {
                response.setEncoding("utf8").on("data", done);
            });
            asked.once("timeout", () => asked.destroy(Object.assign(new Error(), { code: "no answer" })));
            asked.once("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
        });
    const ask = async () => (await fetch(`http://${HOST.address}:${HOST.port}/`)).text();

    it("is reached from the host through a port that it opens, until it closes it", async () => {
        void machine.run(process.execPath, ["-e", hello]).catch(() => undefined);
        await gateway.expose(HOST, { address: MACHINE, port: 80 });
        assert.equal(await eventually("the machine answers", ask), "hello");
        await gateway.withdraw(HOST);
        await assert.rejects(ask());
    });

    it("gives a machine that is on again a new card, although what it had before is still there", async () => {
        const twice = async (name: string) => {
            const open = await Namespaces.open({
                ...{ name, setUp: "mount -t proc proc /proc; ip link set lo up" },
                ...{ logFile: join(paths.logs, `${name}.log`), pidDirectory: paths.run },
            });
            closers.push(() => open.close());
            await lan.plug(2, open, "192.168.20.32");
            return open;
        };
        const before = await twice("machine-before");
        const again = await twice("machine-again");
        await assert.rejects(before.runInNetwork("ip", ["link", "show", "dev", "eth0"]), /does not exist/);
        assert.match(await again.runInNetwork("ip", ["-brief", "link", "show", "dev", "eth0"]), /^eth0@\S+\s+UP/);
    });

    it("lets nobody hear of a machine that was unplugged before it ended", async () => {
        const open = await Namespaces.open({
            ...{ name: "machine-3", setUp: "mount -t proc proc /proc; ip link set lo up" },
            ...{ logFile: join(paths.logs, "machine-3.log"), pidDirectory: paths.run },
        });
        closers.push(() => open.close());
        const address = "192.168.20.33";
        await lan.plug(3, open, address);
        void open.run(process.execPath, ["-e", hello]).catch(() => undefined);
        const script = `const peer = () => require("node:net").connect(80, "${address}")
            .on("connect", () => console.log("connected"))
            .on("error", ({ code }) => code === "ECONNREFUSED" ? setTimeout(peer, 50) : console.log(code))
            .on("close", (failed) => failed || console.log("closed"));
        peer();`;
        const { command, args } = lan.enterNetwork(process.execPath, ["-e", script]);
        const client = spawn(command, [...args], { stdio: ["ignore", "pipe", "inherit"] });
        closers.push(() => client.kill());
        const heard: string[] = [];
        client.stdout.setEncoding("utf8").on("data", (line: string) => heard.push(line.trim()));
        await eventually("the client is connected", () => heard.includes("connected"));
        await lan.unplug(3);
        await open.close();
        await pause(500);
        assert.deepEqual({ heard, ended: client.exitCode }, { heard: ["connected"], ended: null });
    });

    it("answers whoever comes while the port is opened", async () => {
        const exposed = { ...HOST, port: HOST.port + 1 };
        const outcomes: Promise<string>[] = [];
        for (let round = 0; round < 20; round++) {
            const opening = gateway.expose(exposed, { address: MACHINE, port: 80 });
            const progress = { opened: false };
            void opening.finally(() => (progress.opened = true));
            while (!progress.opened) {
                outcomes.push(askAt(exposed));
                await pause(1);
            }
            await Promise.all(outcomes);
            await gateway.withdraw(exposed);
        }
        const told = await Promise.all(outcomes);
        assert.ok(told.filter((outcome) => outcome === "hello").length >= 20, `${told.length} came`);
        // Before the port is open nobody is there, and says so.
        assert.deepEqual(
            [...new Set(told)].filter((outcome) => !/^(hello|ECONNREFUSED)$/.test(outcome)),
            [],
        );
    });

    it("says who has a port that somebody else has", async () => {
        const other = createServer().listen(HOST.port, HOST.address);
        await once(other, "listening");
        await assert.rejects(gateway.expose(HOST, { address: MACHINE, port: 80 }), /EADDRINUSE/);
        other.close();
    });

    it("has no way out but the one that is opened for pulling images, which passes connections on and nothing else", async () => {
        const outside = createServer((_request, response) => response.end("outside")).listen(0, "127.0.0.1");
        await once(outside, "listening");
        const bound = outside.address();
        const url = `http://127.0.0.1:${typeof bound === "object" && bound ? bound.port : 0}/`;
        const curl = (...args: string[]) => machine.run("/usr/bin/curl", ["--silent", "--max-time", "5", ...args, url]);
        await assert.rejects(curl());
        await gateway.uplink(UPLINK);
        const proxy = ["--proxy", `http://${UPLINK.address}:${UPLINK.port}`];
        assert.equal(await curl("--proxytunnel", ...proxy), "outside");
        assert.equal(await curl("--output", "/dev/null", "--write-out", "%{http_code}", ...proxy), "405");
        outside.close();
    });

    it("reaches a server of the host at an address of its own, once it is invited there", async () => {
        const outside = createServer((request, response) => request.pipe(response)).listen(0, "127.0.0.1");
        await once(outside, "listening");
        const bound = outside.address();
        const host = { address: "127.0.0.1", port: typeof bound === "object" && bound ? bound.port : 0 };
        const inside = { address: "192.168.20.2", port: 5000 };
        const said = "x".repeat(100_000);
        const curl = () =>
            machine.run(
                "/usr/bin/curl",
                ["--silent", "--max-time", "5", "--data-binary", "@-", `http://${inside.address}:${inside.port}/`],
                said,
            );
        await assert.rejects(curl());
        await lan.own(inside.address);
        await gateway.invite(inside, host);
        assert.equal(await curl(), said);
        outside.close();
    });

    it("ends with everything in it when its first process does", async () => {
        const inside = machine.run("/bin/sleep", ["1000"]).catch(() => "ended");
        await machine.close();
        assert.equal(await inside, "ended");
        assert.equal(processStart(machine.pid), undefined);
    });
});
