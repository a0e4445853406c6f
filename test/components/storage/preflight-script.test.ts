import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PREFLIGHT_SCRIPT } from "../../../components/storage";
import { removeFolder } from "../../support/scratch-folder";

/** Mounts file systems of its own, which nobody else sees. */
const ownMounts = ["--user", "--map-root-user", "--mount", "/bin/sh", "-c"];
const mayMount = spawnSync("unshare", [...ownMounts, "mount -t tmpfs none /mnt"]).status === 0;

describe("the script of the storage's preflight", () => {
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "preflight-"));
        for (const part of ["files", "block", "disk"]) mkdirSync(join(folder, part));
    });
    afterEach(() => removeFolder(folder));

    /** Runs it on the folders. @param before a command that is run first, where mounts are its own */
    function run(given: Readonly<Record<string, string>> = {}, before?: string) {
        const report = join(folder, "report");
        writeFileSync(report, "");
        const places = { FILES: join(folder, "files"), BLOCK: join(folder, "block"), DISK: join(folder, "disk") };
        const words = { NODE: "agent-1", NAS: "192.168.30.10:/mnt/pool", MIN_FREE_MIB: "1", REPORT: report };
        const env = { PATH: process.env["PATH"], ...words, ...places, ...given };
        const args = ["-c", PREFLIGHT_SCRIPT];
        const ended =
            before === undefined
                ? spawnSync("/bin/sh", args, { env, encoding: "utf8" })
                : spawnSync("unshare", [...ownMounts, `${before} && exec /bin/sh -c "$SCRIPT"`], {
                      env: { ...env, SCRIPT: PREFLIGHT_SCRIPT },
                      encoding: "utf8",
                  });
        assert.equal(ended.stderr, "");
        const said = readFileSync(report, "utf8").trim();
        assert.equal(said, ended.stdout.trim(), "the message of the pod is what was printed");
        return { status: ended.status, said };
    }

    it("says what it proved and what the node's disk has free, and leaves nothing behind", () => {
        const { status, said } = run();
        assert.equal(status, 0);
        assert.match(
            said,
            /^node agent-1: wrote, linked and deleted on 192\.168\.30\.10:\/mnt\/pool; wrote and deleted on a block volume; \d+ MiB of \d+ MiB are free on its disk$/,
        );
        assert.deepEqual([...readdirSync(join(folder, "files")), ...readdirSync(join(folder, "block"))], []);
    });

    it("clears what a run that was ended left behind", () => {
        for (const name of ["preflight-agent-1", "preflight-agent-1-link"])
            writeFileSync(join(folder, "files", name), "half");
        assert.equal(run().status, 0);
        assert.deepEqual(readdirSync(join(folder, "files")), []);
    });

    it("tries the disk alone where the house brings neither share nor block volumes", () => {
        assert.match(run({ FILES: "", BLOCK: "" }).said, /^node agent-1: \d+ MiB of \d+ MiB are free on its disk$/);
    });

    it("refuses a disk with too little room, and says how much is wanted", () => {
        const { status, said } = run({ MIN_FREE_MIB: "999999999" });
        assert.equal(status, 1);
        assert.match(said, /^node agent-1: \d+ MiB of \d+ MiB are free .* need 999999999; make its disk larger/);
    });

    // A file system without hard links cannot be had without a device; its `ln` says this on exFAT.
    it("says that a share has no hard links, and what that would cost (in the words of exFAT, by another ln)", () => {
        const programs = join(folder, "programs");
        mkdirSync(programs);
        const ln = '#!/bin/sh\necho "ln: failed to create hard link: Operation not permitted" >&2\nexit 1\n';
        writeFileSync(join(programs, "ln"), ln);
        chmodSync(join(programs, "ln"), 0o755);
        const { status, said } = run({ PATH: `${programs}:${process.env["PATH"] ?? ""}` });
        assert.equal(status, 1);
        assert.match(
            said,
            /^node agent-1: the share 192\.168\.30\.10:\/mnt\/pool has no hard links: ln: .*not permitted; export one file system/,
        );
    });

    (mayMount ? describe : describe.skip)("on file systems of its own", () => {
        const files = () => join(folder, "files");
        const block = () => join(folder, "block");

        it("names a share that is read-only, and the cure", () => {
            const { status, said } = run({}, `mount -t tmpfs -o ro none ${files()}`);
            assert.equal(status, 1);
            assert.match(
                said,
                /^node agent-1: the share \S+ cannot be written: dd: .*Read-only file system; the export must be rw/,
            );
        });

        it("names a share that is full, and clears what it had written", () => {
            const { status, said } = run({}, `mount -t tmpfs -o size=64k none ${files()}`);
            assert.equal(status, 1);
            assert.match(said, /^node agent-1: the share \S+ cannot be written: dd: .*No space left on device; /);
        });

        it("names a block volume that is read-only, as ext4 gets after an error", () => {
            const { status, said } = run({}, `mount -t tmpfs -o ro none ${block()}`);
            assert.equal(status, 1);
            assert.match(said, /^node agent-1: a block volume cannot be written: dd: .*Read-only.*; see the volume in/);
        });
    });
});
