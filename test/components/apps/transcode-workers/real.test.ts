import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { transcodeFiles } from "../../../../components/apps/transcode-workers/files";
import { PLACES, SSH_PORT } from "../../../../components/apps/transcode-workers/places";
import {
    installTools,
    prepareServer,
    prepareWorker,
} from "../../../../components/apps/transcode-workers/tools-scripts";
import { onPath } from "../../../../lab/toolchain/locate";
import { freePorts } from "../../../support/free-ports";
import { hindrance, WorkerYard } from "../../../support/worker-yard";

const missing = hindrance();
const suite = missing === undefined ? describe : describe.skip;

suite(`Debian's sshd, the real rffmpeg and a real ffmpeg (${missing ?? "as user 1000"})`, function () {
    this.timeout(180_000);
    let yard: WorkerYard;
    let first: string;
    let second: string;
    before(async function () {
        yard = new WorkerYard((await freePorts("127.77.0.2", 1))[0] ?? 0, 2);
        [first = "", second = ""] = yard.hosts;
        const lacks = yard.install();
        if (lacks !== undefined) {
            console.log(lacks);
            this.skip();
        }
    });
    beforeEach(async () => {
        await yard.startWorker(first);
        await yard.startWorker(second);
        const { status, output } = yard.startServer();
        assert.equal(status, 0, output);
        yard.ran();
    });
    afterEach(() => yard.hosts.forEach((host) => yard.stopWorker(host)));
    after(() => yard.close());

    function transcode(name = "film.mp4") {
        const file = join(yard.places("server").cache, name);
        rmSync(file, { force: true });
        const source = ["-f", "lavfi", "-i", "testsrc=size=128x72:rate=10:duration=1"];
        const ended = yard.ffmpeg(
            "-y",
            "-loglevel",
            "error",
            ...source,
            "-metadata",
            "title=A film; (it's) 'new'",
            file,
        );
        return { ...ended, bytes: existsSync(file) ? statSync(file).size : 0 };
    }

    it("transcode on a worker, onto the volume that both have", () => {
        const { status, output, bytes } = transcode("a film (2019).mp4");
        assert.equal(status, 0, output);
        assert.ok(bytes > 1000);
        // Asked whether it works, and given the work.
        assert.deepEqual(yard.ran(), [first, first]);
    });

    it("answer Jellyfin's question for the version as ffmpeg itself does", () => {
        const { status, output } = yard.ffmpeg("-version");
        assert.equal(status, 0, output);
        assert.match(output, /^ffmpeg version /);
    });

    it("hand the next job to the other worker within three seconds of the first one's end", () => {
        yard.stopWorker(first);
        const { status, output, seconds } = transcode();
        assert.equal(status, 0, output);
        assert.deepEqual(yard.ran(), [second, second]);
        assert.ok(seconds < 3, `${seconds} s`);
    });

    for (const [what, happens] of [
        ["dies", (host: string) => yard.stopWorker(host)],
        ["stands still", (host: string) => yard.freezeWorker(host)],
    ] as const) {
        it(`end a film within six seconds when its worker ${what}, and the next request goes on elsewhere`, async () => {
            const endless = [
                "-loglevel",
                "error",
                "-re",
                "-f",
                "lavfi",
                "-i",
                "testsrc=size=64x36:rate=5",
                "-f",
                "null",
                "-",
            ];
            const { status, seconds } = await yard.ffmpegWhile(() => happens(first), ...endless);
            assert.notEqual(status, 0);
            assert.ok(seconds < 6, `${seconds} s`);
            yard.ran();
            assert.equal(transcode().status, 0);
            assert.deepEqual(yard.ran(), [second, second]);
        });
    }

    it("do the work themselves when no worker is left", () => {
        yard.hosts.forEach((host) => yard.stopWorker(host));
        const { status, output, bytes } = transcode();
        assert.equal(status, 0, output);
        assert.ok(bytes > 1000);
        assert.deepEqual(yard.ran(), ["here"]);
    });

    it("give nothing to who answers at a worker's address with another key", async () => {
        yard.stopWorker(first);
        await yard.startWorker(first, second);
        assert.match(yard.ssh(first).output, /Host key verification failed/);
        const { status, output } = transcode();
        assert.equal(status, 0, output);
        assert.deepEqual(yard.ran(), [second, second]);
    });

    it("check keys although rffmpeg asks ssh not to", () => {
        const wrong = yard.ssh(first, "-o StrictHostKeyChecking=no", "-o HostKeyAlias=somebody-else");
        assert.notEqual(wrong.status, 0);
        assert.equal(yard.ssh(first, "-o StrictHostKeyChecking=no").output, "jellyfin\n");
    });

    it("forward no port into the workers' network", () => {
        const { output } = yard.ssh(first, "-o ExitOnForwardFailure=yes", "-R 127.0.0.1:0:127.0.0.1:9");
        assert.match(output, /remote port forwarding failed/);
    });

    it("refuse an rffmpeg that is not the pinned one", () => {
        const { status, output } = yard.installWith("#!/usr/bin/env python3\n");
        assert.notEqual(status, 0);
        assert.match(output, /FAILED|did NOT match/);
    });
});

describe("the scripts of Jellyfin and its workers", () => {
    const scripts = {
        ...transcodeFiles(PLACES, { port: SSH_PORT, workers: [], clientKey: "" }),
        install: installTools(PLACES),
        "prepare-server": prepareServer(PLACES),
        "prepare-worker": prepareWorker(PLACES),
    };
    const shellcheck = onPath("shellcheck", process.env["PATH"] ?? "");
    for (const name of ["ffmpeg", "ssh", "worker.sh", "install", "prepare-server", "prepare-worker"] as const) {
        (shellcheck === undefined ? it.skip : it)(`pass shellcheck: ${name}`, () => {
            const { stdout } = spawnSync("shellcheck", ["--shell=sh", "-"], { input: scripts[name], encoding: "utf8" });
            assert.equal(stdout, "");
        });
    }
});
