import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import type { LabPaths } from "../../paths";

const PROGRAMS = ["ip", "mount", "nsenter", "unshare"];
/** `OVERLAYFS_SUPER_MAGIC` of Linux: an overlay cannot be the upper layer of another. */
const OVERLAY = 0x794c7630;

/** Makes namespaces and mounts one root file system in them, as each machine does. */
const TRIAL = `set -e
cd "$1"
mkdir -p lower upper work root
mount -t overlay trial -o lowerdir=lower,upperdir=upper,workdir=work root
mount -t tmpfs tmpfs root
mount -t proc proc root
ip link add trial type bridge
`;

/**
 * Why the machines cannot have real bodies here; empty where they can. What Debian packages bring is not asked for: the
 * lab installs them or asks for them.
 */
export function obstaclesToRealBodies(paths: LabPaths): string[] {
    if (process.platform !== "linux") return [`${process.platform} has no namespaces (real machines need Linux)`];
    if (process.getuid?.() !== 0) return ["they need root"];
    const missing = PROGRAMS.filter((name) => spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0);
    if (missing.length > 0) return [`${missing.join(", ")} not found (of the packages iproute2, mount and util-linux)`];
    return [...architectureObstacles(), ...cgroupObstacles(), ...trialObstacles(paths)];
}

function architectureObstacles(): string[] {
    return process.arch === "x64" ? [] : [`there are images for amd64 only, this is ${process.arch}`];
}

function cgroupObstacles(): string[] {
    const root = "/sys/fs/cgroup";
    const controllers = ["cpu", "cpuset", "memory", "pids"];
    const missing = existsSync(join(root, "cgroup.controllers"))
        ? []
        : controllers.filter((name) => !existsSync(join(root, name, "cgroup.procs")));
    return missing.length > 0 ? [`no cgroups of ${missing.join(", ")}`] : [];
}

function trialObstacles(paths: LabPaths): string[] {
    mkdirSync(paths.cache, { recursive: true });
    // The lab's own folder may not be there yet; its file system is that of the checkout.
    const place = existsSync(paths.root) ? paths.root : paths.checkout;
    if (statfsSync(place).type === OVERLAY)
        return [`${place} lies on an overlay, on which no container can have its files`];
    const folder = mkdtempSync(join(place, ".trial-"));
    try {
        const args = [
            "--mount",
            "--net",
            "--pid",
            "--fork",
            "--propagation",
            "private",
            "sh",
            "-c",
            TRIAL,
            "sh",
            folder,
        ];
        const { status, stderr } = spawnSync("unshare", args, { encoding: "utf8" });
        if (status === 0) return [];
        return [`namespaces cannot be made: ${stderr.trim().split("\n").at(-1) ?? "unshare failed"}`];
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}
