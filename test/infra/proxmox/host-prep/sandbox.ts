import { spawnSync } from "node:child_process";
import {
    chmodSync,
    lstatSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Stands for the programs of a host: notes what is asked, and does what later questions depend on. */
const programs = `#!/bin/bash
shift
here="$(cd "$(dirname "$0")/../../.." && pwd)"
echo "$*" >>"$here/calls"
if rm "$here/fails-$1" 2>/dev/null; then exit 1; fi
case "$1 $2" in
"pvesm set") sed -i "/^dir: $3\\$/,/^\\$/ s/content .*/content $5/" "$here/root/etc/pve/storage.cfg" ;;
"apt-get install") touch "$here/installed" ;;
dpkg-query*) if [ -f "$here/installed" ]; then echo "install ok installed"; fi ;;
"id -gn") [ -f "$here/user-$3" ] && echo "$3-group" ;;
"systemctl is-active") [ -f "$here/active-$4" ] ;;
"systemctl restart") touch "$here/active-$3" ;;
esac
`;

const files: Readonly<Record<string, string>> = {
    "etc/default/grub": 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\n',
    "etc/kernel/cmdline": "root=ZFS=rpool/ROOT/pve-1 boot=zfs\n",
    "etc/pve/storage.cfg":
        "dir: local\n\tpath /var/lib/vz\n\tcontent iso,vztmpl,backup\n\nlvmthin: local-lvm\n\tthinpool data\n\tcontent rootdir,images\n\n",
    "etc/nut/homelab-password": "plain-Word_1\n",
    "sys/class/iommu/dmar0": "",
};

/** What a run of a script said. */
export interface Said {
    readonly status: number | null;
    readonly output: string;
    readonly errors: string;
    /** Programs of the host that it started, with their arguments. */
    readonly calls: readonly string[];
}

/** The files of a host below a folder, as a fresh installation has them, with programs that only note what they are asked. */
export class HostSandbox {
    readonly folder = mkdtempSync(join(tmpdir(), "host-"));
    readonly root = join(this.folder, "root");

    constructor() {
        for (const [path, text] of Object.entries(files)) this.write(path, text);
        const gpu = { vendor: "8086", device: "3e92", subsystem_vendor: "17aa", subsystem_device: "3136" };
        this.pciDevice("0000:00:02.0", { ...gpu, class: "030000" }, 0);
        chmodSync(join(this.root, "etc/nut/homelab-password"), 0o600);
        this.write("usr/bin/env", programs);
        chmodSync(join(this.root, "usr/bin/env"), 0o755);
    }

    write(path: string, text: string): void {
        const target = join(this.root, path);
        mkdirSync(dirname(target), { recursive: true });
        writeFileSync(target, text);
    }

    /** A device of the host. @param words vendor, device, class and the like, hexadecimal without `0x` */
    pciDevice(path: string, words: Readonly<Record<string, string>>, iommuGroup: number): void {
        const folder = `sys/bus/pci/devices/${path}`;
        for (const [name, word] of Object.entries(words)) this.write(`${folder}/${name}`, `0x${word}\n`);
        this.write(`sys/kernel/iommu_groups/${iommuGroup}/devices/${path}`, "");
        symlinkSync(`../../../../kernel/iommu_groups/${iommuGroup}`, join(this.root, folder, "iommu_group"));
    }

    /** A driver of the host has taken the device. */
    bindDriver(path: string, driver: string): void {
        symlinkSync(`../../../../bus/pci/drivers/${driver}`, join(this.root, "sys/bus/pci/devices", path, "driver"));
        this.write(`sys/bus/pci/drivers/${driver}/bind`, "");
    }

    /** The next call of a program ends with 1, and does nothing. */
    failOnce(program: string): void {
        writeFileSync(join(this.folder, `fails-${program}`), "");
    }

    addUser(name: string): void {
        writeFileSync(join(this.folder, `user-${name}`), "");
    }

    read(path: string): string {
        return readFileSync(join(this.root, path), "utf8");
    }

    remove(path: string): void {
        rmSync(join(this.root, path), { recursive: true });
    }

    mode(path: string): string {
        return `0${(lstatSync(join(this.root, path)).mode & 0o777).toString(8)}`;
    }

    run(script: string): Said {
        const log = join(this.folder, "calls");
        writeFileSync(log, "");
        const env = { PATH: process.env["PATH"], HOST_ROOT: this.root, LC_ALL: "C" };
        const { status, stdout, stderr } = spawnSync("bash", ["-s"], { input: script, env, encoding: "utf8" });
        const calls = readFileSync(log, "utf8").split("\n").filter(Boolean);
        return { status, output: stdout, errors: stderr, calls };
    }

    /** Every file with its text, mode and time: equal only where nothing was written. */
    state(): readonly string[] {
        const entries = readdirSync(this.root, { recursive: true, withFileTypes: true });
        return entries
            .map((entry) => {
                const path = join(entry.parentPath, entry.name);
                const { mode, mtimeNs } = lstatSync(path, { bigint: true });
                return `${path} ${mode} ${mtimeNs} ${entry.isFile() ? readFileSync(path, "utf8") : ""}`;
            })
            .sort();
    }

    close(): void {
        rmSync(this.folder, { recursive: true });
    }
}
