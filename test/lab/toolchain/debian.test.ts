import { strict as assert } from "node:assert";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPackages, missingPackages, type InstallOptions } from "../../../lab/toolchain/debian";
import { script } from "./fake-go";
import { removeFolder } from "../../support/scratch-folder";

const all = ["mmdebstrap", "ip", "unshare", "nsenter", "mount", "umount", "mkfs.ext4"];

describe("the Debian packages of real machines (with a fake apt-get)", () => {
    let root: string;
    let bin: string;
    let options: InstallOptions & { env: NodeJS.ProcessEnv };

    const have = (...names: readonly string[]): void => names.forEach((name) => script(join(bin, name), "exit 0"));
    /** @param lines what installing does; `$*` is what apt-get was called with. */
    const apt = (lines: string): void => script(join(bin, "apt-get"), `echo "$*" >> "${root}/calls"\n${lines}`);
    const calls = (): string[] => readFileSync(join(root, "calls"), "utf8").trim().split("\n");
    const installing = `printf '#!/bin/sh\\n' > "\${0%/*}/mmdebstrap"; /bin/chmod +x "\${0%/*}/mmdebstrap"`;

    beforeEach(() => {
        root = mkdtempSync(join(tmpdir(), "homelab-debian-"));
        bin = join(root, "bin");
        mkdirSync(bin);
        have(...all.filter((name) => name !== "mmdebstrap"));
        options = { cache: join(root, "cache"), env: { PATH: bin }, root: true };
    });
    afterEach(() => removeFolder(root));

    it("are missing when one of their programs is not on PATH", () => {
        assert.deepEqual(missingPackages(options.env), ["mmdebstrap"]);
        rmSync(join(bin, "nsenter"));
        assert.deepEqual(missingPackages(options.env), ["mmdebstrap", "util-linux"]);
        have("mmdebstrap", "nsenter");
        assert.deepEqual(missingPackages(options.env), []);
    });

    it("are there, too, when their programs are in a folder of their own", () => {
        const own = join(root, "17");
        const database = { name: "database", programs: ["server", "mount"], folders: () => [own] };
        assert.deepEqual(missingPackages(options.env, [database]), ["database"]);
        mkdirSync(own);
        script(join(own, "server"), "exit 0");
        assert.deepEqual(missingPackages(options.env, [database]), []);
    });

    it("are installed without questions and without what they only recommend, with a log", async () => {
        apt(`echo "$DEBIAN_FRONTEND"; ${installing}`);
        const lines: string[] = [];
        await installPackages(["mmdebstrap"], { ...options, onLine: (line) => lines.push(line) });
        assert.equal(calls().length, 1);
        assert.match(calls()[0] ?? "", /--yes install --no-install-recommends mmdebstrap$/);
        assert.deepEqual(lines, ["noninteractive"]);
        assert.ok(existsSync(join(root, "cache", "logs", "apt-install.log")));
    });

    it("are installed on a second try, after fetching the lists, when those at hand are too old", async () => {
        apt(
            `case "$*" in *update) : > "${root}/fresh" ;; *) [ -e "${root}/fresh" ] || exit 100; ${installing} ;; esac`,
        );
        await installPackages(["mmdebstrap"], options);
        assert.deepEqual(
            calls().map((call) => /install|update/.exec(call)?.[0]),
            ["install", "update", "install"],
        );
    });

    it("cost nothing when none is missing", async () => {
        apt("exit 1");
        await installPackages([], options);
        assert.ok(!existsSync(join(root, "calls")));
    });

    for (const [why, hinder] of [
        ["LAB_INSTALL=no", () => (options.env["LAB_INSTALL"] = "no")],
        ["only root may", () => (options = { ...options, root: false })],
        ["this is no Debian or Ubuntu", () => rmSync(join(bin, "apt-get"))],
    ] as const)
        it(`are asked for with the command to run: ${why}`, async () => {
            apt("exit 0");
            hinder();
            await assert.rejects(installPackages(["mmdebstrap", "e2fsprogs"], options), (error: Error) => {
                assert.ok(error.message.includes(why), error.message);
                assert.match(error.message, /^mmdebstrap, e2fsprogs: .*\(real machines need mmdebstrap, mkfs\.ext4\)/);
                assert.match(error.message, /`apt-get install --no-install-recommends mmdebstrap e2fsprogs` as root/);
                return true;
            });
            assert.ok(!existsSync(join(root, "calls")));
        });

    it("that cannot be had are named with the last lines of apt-get", async () => {
        apt("echo 'E: Unable to locate package mmdebstrap' >&2; exit 100");
        await assert.rejects(
            installPackages(["mmdebstrap"], options),
            /^Error: Debian packages mmdebstrap: [^]*exit code 100[^]*E: Unable to locate package mmdebstrap/,
        );
    });

    it("that are installed but not found say so", async () => {
        apt("exit 0");
        await assert.rejects(installPackages(["mmdebstrap"], options), /^Error: PATH: mmdebstrap not found although/);
    });
});
