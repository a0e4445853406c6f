import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { GpuVendor } from "../../../infra/gpu-vendor";
import { machineCloudConfig } from "../../../infra/k3s";
import { gpuFirmware } from "../../../infra/k3s/gpu-firmware";
import { unknownPackages } from "../../../lab/cluster/boot/packages";
import { parseUserData } from "../../../lab/cluster/boot/user-data";
import { aCluster, agentWithGpuOf, clusterSecrets, servers } from "../../support/planned";
import { removeFolder } from "../../support/scratch-folder";

const shape = z.object({
    bootcmd: z.array(z.string()).optional(),
    package_reboot_if_required: z.boolean().optional(),
    packages: z.array(z.string()),
});

function textOf(vendor: GpuVendor | undefined): string {
    const machine = vendor === undefined ? servers[0] : agentWithGpuOf(vendor);
    return machineCloudConfig(aCluster(), "https://192.168.20.21:6443", machine, clusterSecrets);
}

const withFirmware = [
    ["intel", "firmware-intel-graphics"],
    ["amd", "firmware-amd-graphics"],
] as const;

describe("the firmware of a GPU in a machine's user-data", () => {
    for (const [vendor, name] of withFirmware) {
        it(`of ${vendor} is a package that apt finds by the source that is added for it`, () => {
            const { packages, components } = parseUserData(textOf(vendor));
            assert.ok(packages.includes(name), packages.join(" "));
            assert.deepEqual(unknownPackages(packages, components), []);
            assert.deepEqual(unknownPackages(packages), [name]);
        });

        it(`of ${vendor} may cost a reboot between packages and commands`, () => {
            assert.equal(shape.parse(parse(textOf(vendor))).package_reboot_if_required, true);
        });
    }

    for (const [title, vendor] of [
        ["NVIDIA's, whose driver is in the image", "nvidia"],
        ["no GPU", undefined],
    ] as const) {
        it(`is not there with ${title}, and nothing reboots`, () => {
            const { bootcmd, package_reboot_if_required, packages } = shape.parse(parse(textOf(vendor)));
            assert.deepEqual([bootcmd, package_reboot_if_required], [undefined, undefined]);
            assert.deepEqual(
                packages.filter((name) => name.startsWith("firmware-")),
                [],
            );
        });
    }
});

/** Debian's own file, in the form of its cloud images. */
const SOURCES = `Types: deb deb-src
URIs: mirror+file:///etc/apt/mirrors/debian.list
Suites: trixie trixie-updates trixie-backports
Components: main

Types: deb deb-src
URIs: mirror+file:///etc/apt/mirrors/debian-security.list
Suites: trixie-security
Components: main
`;

/** A machine's disk, with programs that know whether a package is installed and what has run in this instance. */
class Disk {
    readonly root = mkdtempSync(join(tmpdir(), "gpu-firmware-"));

    constructor(sources: string, installed: boolean) {
        for (const folder of ["bin", "run", "etc/apt/sources.list.d"])
            mkdirSync(join(this.root, folder), { recursive: true });
        writeFileSync(join(this.root, "etc/apt/sources.list.d/debian.sources"), sources);
        this.program("dpkg", `exit ${installed ? 0 : 1}`);
        // As cloud-init's own: instance, name, command.
        this.program(
            "cloud-init-per",
            `[ -e "${this.root}/$2" ] && exit 0; touch "${this.root}/$2"; shift 2; exec "$@"`,
        );
    }

    /** Runs what a machine with AMD's GPU runs early in its boot; `/run` is empty then. */
    boot(): { readonly sources: string; readonly wantsReboot: boolean } {
        const mark = join(this.root, "run/reboot-required");
        rmSync(mark, { force: true });
        const script = (gpuFirmware("amd")?.bootCommands ?? [])
            .join("\n")
            .replaceAll("/etc/apt", `${this.root}/etc/apt`)
            .replaceAll("/run/", `${this.root}/run/`);
        const env = { PATH: `${join(this.root, "bin")}:/usr/bin:/bin` };
        const { status, stderr } = spawnSync("sh", ["-c", script], { env, encoding: "utf8" });
        assert.deepEqual([status, stderr], [0, ""]);
        const sources = readFileSync(join(this.root, "etc/apt/sources.list.d/debian.sources"), "utf8");
        return { sources, wantsReboot: existsSync(mark) };
    }

    private program(name: string, body: string): void {
        writeFileSync(join(this.root, "bin", name), `#!/bin/sh\n${body}\n`);
        chmodSync(join(this.root, "bin", name), 0o755);
    }
}

describe("a machine whose GPU wants firmware", () => {
    const disks: Disk[] = [];
    const disk = (sources: string, installed: boolean) => {
        const made = new Disk(sources, installed);
        disks.push(made);
        return made;
    };
    afterEach(() => {
        for (const { root } of disks.splice(0)) removeFolder(root);
    });

    it("gives apt the component in each of the image's sources, once", () => {
        const machine = disk(SOURCES, false);
        const expected = SOURCES.replaceAll("Components: main", "Components: main non-free-firmware");
        assert.deepEqual([machine.boot().sources, machine.boot().sources], [expected, expected]);
    });

    it("leaves sources alone that have it", () => {
        const sources = "Types: deb\nURIs: https://a\nSuites: trixie\nComponents: main non-free-firmware contrib\n";
        assert.equal(disk(sources, false).boot().sources, sources);
    });

    it("asks for a reboot where the driver has started without it", () => {
        assert.equal(disk(SOURCES, false).boot().wantsReboot, true);
    });

    it("asks for none where it is there", () => {
        assert.equal(disk(SOURCES, true).boot().wantsReboot, false);
    });

    it("asks once, also where it could not be installed", () => {
        const machine = disk(SOURCES, false);
        assert.deepEqual([machine.boot().wantsReboot, machine.boot().wantsReboot], [true, false]);
    });
});
