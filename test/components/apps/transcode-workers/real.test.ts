import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
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
import { removeFolder } from "../../../support/scratch-folder";
import { hindrance, WorkerYard } from "../../../support/worker-yard";

/** What is noticed takes three or four seconds on an idle machine; what nobody notices stands for minutes. */
const NOTICED_SECONDS = 20;

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

    it("are listed to whoever asks the pod, with the last job of each in its log", () => {
        const { status, output } = yard.status();
        assert.equal(status, 0, output);
        for (const host of yard.hosts) assert.match(output, new RegExp(`^${host} .* idle `, "m"));
        transcode();
        const log = readFileSync(join(yard.places("server").state, "jobs.log"), "utf8");
        assert.match(log, new RegExp(`Running command on host '${first}'`));
    });

    it("answer Jellyfin's question for the version as ffmpeg itself does", () => {
        const { status, output } = yard.ffmpeg("-version");
        assert.equal(status, 0, output);
        assert.match(output, /^ffmpeg version /);
    });

    it("hand the next job to the other worker as soon as the first one has ended", () => {
        yard.stopWorker(first);
        const { status, output, seconds } = transcode();
        assert.equal(status, 0, output);
        assert.deepEqual(yard.ran(), [second, second]);
        assert.ok(seconds < NOTICED_SECONDS, `${seconds} s`);
    });

    for (const [what, happens] of [
        ["dies", (host: string) => yard.stopWorker(host)],
        ["stands still", (host: string) => yard.freezeWorker(host)],
    ] as const) {
        it(`end a film within seconds when its worker ${what}, and the next request goes on elsewhere`, async () => {
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
            assert.ok(seconds < NOTICED_SECONDS, `${seconds} s`);
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

    /** A film with words and a font in it, and folders of Jellyfin's own that user 1000 writes. */
    function film() {
        const { cache, config } = yard.places("server");
        const [file, words, font] = [join(cache, "film.mkv"), join(cache, "words.srt"), join(cache, "font.ttf")];
        const [subtitles, attachments, metadata] = ["data/subtitles/a", "data/attachments/a", "metadata"].map((name) =>
            join(config, name),
        ) as [string, string, string];
        for (const folder of [subtitles, attachments, metadata]) {
            removeFolder(folder);
            mkdirSync(folder, { recursive: true });
            chmodSync(folder, 0o777);
        }
        writeFileSync(words, "1\n00:00:00,000 --> 00:00:01,000\nHello\n");
        writeFileSync(font, "no real font");
        const picture = ["-f", "lavfi", "-i", "testsrc=size=64x36:rate=5:duration=1", "-i", words];
        const attached = ["-attach", font, "-metadata:s:t", "mimetype=application/x-truetype-font"];
        const { status, output } = yard.ffmpeg("-y", ...picture, "-c:s", "srt", ...attached, file);
        assert.equal(status, 0, output);
        yard.ran();
        return { file, words, subtitles, attachments, metadata };
    }

    it("take subtitles out of a film in the pod itself, because no worker writes there", () => {
        const { file, words, subtitles } = film();
        const [first, second, third] = ["1.srt", "2.srt", "3.srt"].map((name) => join(subtitles, name)) as [
            string,
            string,
            string,
        ];
        const part = (to: string) => ["-map", "0:1", "-an", "-vn", "-c:s", "copy", "-flush_packets", "1", to];
        const all = yard.ffmpeg("-i", `file:${file}`, "-copyts", ...part(first), ...part(second));
        assert.equal(all.status, 0, all.output);
        // A text beside the film, in a form that Jellyfin does not read.
        const converted = yard.ffmpeg("-i", words, "-c:s", "srt", third);
        assert.equal(converted.status, 0, converted.output);
        assert.deepEqual(yard.ran(), ["here", "here"]);
        for (const path of [first, second, third]) assert.match(readFileSync(path, "utf8"), /Hello/);
    });

    it("take fonts out of a film in the pod itself: they fall into the folder that ffmpeg is started in", () => {
        const { file, attachments } = film();
        yard.ffmpegIn(
            attachments,
            "-dump_attachment:t",
            "",
            "-y",
            "-i",
            `file:${file}`,
            "-t",
            "0",
            "-f",
            "null",
            "null",
        );
        assert.deepEqual(yard.ran(), ["here"]);
        assert.deepEqual(readdirSync(attachments), ["font.ttf"]);
    });

    it("let a worker draw what was taken out, and nothing of Jellyfin's own that it does not see", () => {
        const { file, words, subtitles, attachments, metadata } = film();
        const burn = (folder: string) => {
            writeFileSync(join(folder, "1.srt"), readFileSync(words));
            const filter = `subtitles=f='${folder}/1.srt':fontsdir='${attachments}'`;
            return yard.ffmpeg("-i", `file:${file}`, "-vf", filter, "-y", join(yard.places("server").cache, "out.mp4"));
        };
        const taken = burn(subtitles);
        assert.equal(taken.status, 0, taken.output);
        assert.deepEqual(yard.ran(), [first, first]);
        const downloaded = burn(metadata);
        assert.equal(downloaded.status, 0, downloaded.output);
        assert.deepEqual(yard.ran(), ["here"]);
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
    for (const name of [
        "ffmpeg",
        "rffmpeg",
        "ssh",
        "worker.sh",
        "install",
        "prepare-server",
        "prepare-worker",
    ] as const) {
        (shellcheck === undefined ? it.skip : it)(`pass shellcheck: ${name}`, () => {
            const { stdout } = spawnSync("shellcheck", ["--shell=sh", "-"], { input: scripts[name], encoding: "utf8" });
            assert.equal(stdout, "");
        });
    }
});
