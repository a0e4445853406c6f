import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const NETWORK_SETTINGS = "/proc/sys/net";
const KERNEL_SETTINGS = ["kernel/panic", "kernel/panic_on_oops", "vm/overcommit_memory", "vm/panic_on_oom"];
/** Counters and names of their own kind, which change by themselves. */
const RESTLESS = /netdev_rss_key|\/nf_conntrack_count$|\/flush$|\/tcp_fastopen_key$|\/dentry-state/;

/** What a lab could leave on the machine that runs it, as text that can be compared. */
export interface HostState {
    readonly settings: Readonly<Record<string, string>>;
    readonly links: string;
    readonly routes: string;
    readonly rules: string;
    readonly firewall: string;
    readonly mounts: readonly string[];
    readonly cgroups: readonly string[];
    readonly loopDevices: string;
}

/** @param lab folder of the lab; files of others may come and go meanwhile */
export function hostState(lab: string): HostState {
    const told = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: "utf8" });
    const mounts = readFileSync("/proc/self/mountinfo", "utf8").trim().split("\n");
    return {
        settings: Object.fromEntries([
            ...KERNEL_SETTINGS.map((name) => [name, readFileSync(join("/proc/sys", name), "utf8")] as const),
            ...settingsBelow(NETWORK_SETTINGS),
        ]),
        links: told("ip", "-brief", "link"),
        routes: told("ip", "route", "show", "table", "all"),
        rules: told("ip", "rule"),
        firewall: told("nft", "list", "ruleset"),
        // Without numbers, which go up with every mount of anybody.
        mounts: mounts.map((line) => line.split(" ").slice(3).join(" ")).sort(),
        cgroups: cgroupFolders().filter((path) => path.includes("homelab")),
        loopDevices: told("losetup", "--list", "--noheadings", "--output", "BACK-FILE")
            .split("\n")
            .filter((file) => file.includes(lab))
            .join(),
    };
}

function settingsBelow(folder: string): (readonly [string, string])[] {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return settingsBelow(path);
        if (RESTLESS.test(path)) return [];
        try {
            return [[path, readFileSync(path, "utf8")] as const];
        } catch {
            // Some can only be written.
            return [];
        }
    });
}

/** Folders of the first three levels of every tree of cgroups. */
function cgroupFolders(folder = "/sys/fs/cgroup", depth = 3): string[] {
    if (depth === 0 || !existsSync(folder)) return [];
    return readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .flatMap((entry) => [join(folder, entry.name), ...cgroupFolders(join(folder, entry.name), depth - 1)]);
}
