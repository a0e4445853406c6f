import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { MachineSpec } from "../body";
import type { GuestFile } from "../boot/user-data";

/** Folders of one machine, which outlive its power: its disk. */
export interface MachineDisk {
    readonly folder: string;
    /** What differs from the guest image. */
    readonly upper: string;
    /** `/var` of the machine: on an overlay neither containers nor their volumes could be. */
    readonly var: string;
}

/** @param folder of the machine, `.lab/machines/<name>` */
export function machineDisk(folder: string): MachineDisk {
    return { folder, upper: join(folder, "upper"), var: join(folder, "var") };
}

/** Makes the disk where there is none, from the guest image. */
export function createDisk(disk: MachineDisk, guestRoot: string): void {
    for (const name of ["upper", "work", "root"]) mkdirSync(join(disk.folder, name), { recursive: true });
    if (existsSync(disk.var)) return;
    const half = `${disk.var}.new`;
    rmSync(half, { recursive: true, force: true });
    cpSync(join(guestRoot, "var"), half, { recursive: true, verbatimSymlinks: true });
    // In one step: half a copy would look like a disk.
    renameSync(half, disk.var);
}

/** Writes files of the machine while it is off, as cloud-init does at its first boot. */
export function writeFiles(root: string, files: readonly GuestFile[]): void {
    for (const { path, content, permissions } of files) {
        const file = join(root, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, content, { mode: Number.parseInt(permissions, 8) });
    }
}

/** Memory as the machine sees it: kubelet counts what its node can hold from it. */
export function meminfo({ memoryMiB }: MachineSpec): string {
    const kib = memoryMiB * 1024;
    const rows = { MemTotal: kib, MemFree: kib, MemAvailable: kib, Buffers: 0, Cached: 0, SwapTotal: 0, SwapFree: 0 };
    return Object.entries(rows)
        .map(([name, value]) => `${`${name}:`.padEnd(16)}${String(value).padStart(8)} kB\n`)
        .join("");
}
