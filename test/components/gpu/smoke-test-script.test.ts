import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SMOKE_TEST_PLACES, SMOKE_TEST_SCRIPT } from "../../../components/gpu";
import { imageCatalogue } from "../../../lab/images/catalogue";
import { images } from "../../../components/versions";
import { removeFolder } from "../../support/scratch-folder";
import { describeWith, testTool } from "../../support/tools";

/** Not root: what is closed to others would be open to it. */
const NOBODY = 65_534;

describe("the script of the GPU's smoke test", () => {
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "smoke-test-"));
        chmodSync(folder, 0o777);
        mkdirSync(join(folder, "dev", "dri"), { recursive: true });
    });
    afterEach(() => removeFolder(folder));

    /** Runs it with devices below a folder. @returns its exit code and what the pod would say */
    function run(way: string, options: { ffmpeg?: string; uid?: number } = {}) {
        const report = join(folder, "report");
        writeFileSync(report, "");
        chmodSync(report, 0o666);
        const env = { PATH: process.env["PATH"], ACCELERATION: way, FFMPEG: options.ffmpeg ?? "/bin/true" };
        const ended = spawnSync("/bin/sh", ["-c", SMOKE_TEST_SCRIPT], {
            env: { ...env, DEVICES: join(folder, "dev"), REPORT: report },
            encoding: "utf8",
            ...(options.uid === undefined || process.getuid?.() !== 0 ? {} : { uid: options.uid, gid: options.uid }),
        });
        assert.equal(ended.stderr, "");
        return { status: ended.status, said: readFileSync(report, "utf8").trim(), printed: ended.stdout };
    }

    for (const way of ["vaapi", "qsv"]) {
        it(`says that the GPU for ${way} is not in the container, and where to look`, () => {
            const { status, said } = run(way);
            assert.equal(status, 1);
            assert.match(said, /^no GPU: there is no .*\/dri\/renderD\* in the container; the device plugin gave none/);
        });
    }

    it("says that NVIDIA's GPU is not in the container, and who should have brought it", () => {
        assert.match(run("nvenc").said, /^no GPU: there is no .*\/nvidiactl in the container; .* RuntimeClass nvidia/);
    });

    it("says that the GPU is closed to its user", () => {
        writeFileSync(join(folder, "dev", "dri", "renderD128"), "", { mode: 0o600 });
        const { status, said } = run("vaapi", { uid: NOBODY });
        assert.equal(status, 1);
        assert.match(said, /^no right to use the GPU: .*renderD128 is closed to user 65534; .* no udev rule/);
    });

    it("says that the image has no ffmpeg where the media server has it", () => {
        assert.match(
            run("none", { ffmpeg: join(folder, "nothing") }).said,
            /^no ffmpeg: .*nothing is not in the image$/,
        );
    });

    it("does not believe that an encoder was used because it was asked for", () => {
        assert.match(run("none").said, /^libx264 was asked for, and ffmpeg says that it used ''$/);
    });

    it("looks for ffmpeg where the lab's image of the media server has it too", () => {
        const recipe = imageCatalogue.find(({ reference }) => reference === images.jellyfin);
        assert.ok(JSON.stringify(recipe).includes(`"path":"${SMOKE_TEST_PLACES.FFMPEG}"`));
    });

    describeWith("ffmpeg", "with a real ffmpeg", function () {
        this.timeout(30_000);

        it("transcodes a second on the processor and reports the encoder that was used", () => {
            const { status, said } = run("none", { ffmpeg: testTool("ffmpeg") });
            assert.deepEqual([status, said], [0, "encoder=libx264"]);
        });

        it("fails in ffmpeg's own words where what is there is no GPU", () => {
            writeFileSync(join(folder, "dev", "dri", "renderD128"), "", { mode: 0o666 });
            writeFileSync(join(folder, "dev", "nvidiactl"), "");
            const ffmpeg = testTool("ffmpeg");
            for (const way of ["vaapi", "qsv", "nvenc"] as const) {
                const { status, said, printed } = run(way, { ffmpeg });
                assert.equal(status, 1, way);
                assert.match(said, new RegExp(`^h264_${way} failed: .{20,}`), way);
                assert.ok(printed.length > said.length, "the whole output is in the log");
            }
        });
    });
});
