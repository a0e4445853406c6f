import { availableParallelism } from "node:os";
import type { MachineSpec } from "../body";
import { GUEST_PATHS } from "./guest";
import type { MachineDisk } from "./disk";

export interface SetUpOptions {
    readonly machine: MachineSpec;
    readonly disk: MachineDisk;
    /** Root file system that all machines start from; read-only. */
    readonly guestRoot: string;
    /** Folder of the images that all machines share. */
    readonly images: string;
    /** Programs of the node by name, which are seen in `/usr/local/bin`. */
    readonly programs: Readonly<Record<string, string>>;
    /** Folders of the lab's storage. */
    readonly storage: { readonly blockVolumes: string; readonly nas: string };
}

/** The machine's own `/proc/meminfo`, a path of the machine. */
export const MEMINFO_PATH = "/etc/machine-meminfo";

/** Settings of the kernel that a kubelet wants to change and that are not the machine's alone. */
const SHARED_SETTINGS = ["vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops"];

/**
 * Shell commands of a machine's first process: its root file system, its devices, its own view of the kernel. Nothing
 * of it is seen outside, and all of it ends with the process.
 */
export function setUpCommands(options: SetUpOptions): string {
    const { machine, disk, guestRoot, images, programs, storage } = options;
    const root = quote(`${disk.folder}/root`);
    const bind = (from: string, to: string, readOnly: boolean) => [
        `mkdir -p ${root}${to}`,
        `mount --bind ${quote(from)} ${root}${to}`,
        ...(readOnly ? [`mount -o remount,bind,ro ${root}${to}`] : []),
    ];
    const layers = `lowerdir=${guestRoot},upperdir=${disk.upper},workdir=${disk.folder}/work`;
    return [
        `mount -t overlay machine -o ${quote(layers)} ${root}`,
        ...bind(disk.var, "/var", false),
        ...bind(images, GUEST_PATHS.images, true),
        ...bind(storage.blockVolumes, GUEST_PATHS.blockVolumes, false),
        ...bind(storage.nas, GUEST_PATHS.nas, false),
        ...["/proc", "/sys", "/dev", "/run", "/tmp", "/mnt"].map((folder) => `mkdir -p ${root}${folder}`),
        `mount -t proc proc ${root}/proc`,
        `mount -t sysfs sysfs ${root}/sys`,
        `mount --rbind /sys/fs/cgroup ${root}/sys/fs/cgroup`,
        `mount --rbind /dev ${root}/dev`,
        `mount -t tmpfs -o mode=755 tmpfs ${root}/run`,
        `mount -t tmpfs tmpfs ${root}/tmp`,
        ...Object.entries(programs).flatMap(([name, path]) => [
            `touch ${root}/usr/local/bin/${name}`,
            `mount --bind ${quote(path)} ${root}/usr/local/bin/${name}`,
        ]),
        `cd ${root}`,
        "pivot_root . mnt",
        "umount -l /mnt",
        "mount --make-rshared /",
        ...kernelView(machine),
        "ip link set lo up",
        "echo 1 > /proc/sys/net/ipv4/ip_forward",
        `echo ${quote(machine.name)} > /etc/hostname`,
    ].join("\n");
}

/** The machine's own processors and memory, and settings that only seem to change. */
function kernelView(machine: MachineSpec): string[] {
    return [
        "mkdir -p /run/machine",
        ...SHARED_SETTINGS.flatMap((name) => {
            const file = `/run/machine/${name.replaceAll("/", ".")}`;
            return [`cat /proc/sys/${name} > ${file}`, `mount --bind ${file} /proc/sys/${name}`];
        }),
        `mount --bind ${MEMINFO_PATH} /proc/meminfo`,
        ...processors(machine, availableParallelism()),
    ];
}

/**
 * A kubelet counts the processors of all NUMA nodes, and names them by number in its cpusets, where only those count
 * that are there. So the machine has as many NUMA nodes as it takes to have its number of processors with these names.
 */
function processors({ cores, memoryMiB }: MachineSpec, available: number): string[] {
    const nodes = Math.ceil(cores / available);
    const folder = "/sys/devices/system/node";
    const kib = Math.floor((memoryMiB * 1024) / nodes);
    const commands = Array.from({ length: nodes }, (_, node) => {
        const own = `${folder}/node${node}`;
        const count = Math.min(available, cores - node * available);
        return [
            `mkdir -p ${own}/hugepages; echo 'Node ${node} MemTotal: ${kib} kB' > ${own}/meminfo`,
            ...Array.from({ length: count }, (_, core) => {
                const topology = `${own}/cpu${core}/topology`;
                return `mkdir -p ${topology}; echo ${core} > ${topology}/core_id; echo ${node} > ${topology}/physical_package_id`;
            }),
        ].join("\n");
    });
    return [`if [ -d ${folder} ]; then`, `mount -t tmpfs tmpfs ${folder}`, ...commands, "fi"];
}

function quote(text: string): string {
    return `'${text.replaceAll("'", `'\\''`)}'`;
}
