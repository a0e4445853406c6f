import { execFile, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { k3sFromCloudConfig, type K3sConfig } from "../../../../../lab/cluster/boot/k3s-config";
import { GUEST_PATHS, type RealGuest } from "../../../../../lab/cluster/real/guest";
import { eventually } from "../../../../support/eventually";
import { removeFolder } from "../../../../support/scratch-folder";

export interface TestGuest {
    readonly guest: RealGuest;
    /** What the machines share, on the host. */
    readonly shared: { readonly blockVolumes: string; readonly nas: string };
    /** The power cord: all mounts of the machine are gone afterwards. */
    stop(): Promise<void>;
}

/** What a storage driver never looks at. */
function k3sConfig(): K3sConfig {
    const commands = ["curl -sfL https://get.k3s.io | INSTALL_K3S_VERSION=v1.36.3+k3s1 sh -s - agent"];
    const config = k3sFromCloudConfig({
        hostname: "node-1",
        packages: [],
        components: [],
        files: [],
        commands,
        warnings: [],
    });
    if (!config) throw new Error("no command installs k3s");
    return config;
}

export interface GuestShape {
    readonly name?: string;
    readonly packages?: readonly string[];
    readonly pciDevices?: RealGuest["pciDevices"];
    readonly path: (inGuest: string) => string;
    readonly run?: RealGuest["run"];
}

export function guestOf({
    name = "node-1",
    packages = ["nfs-common"],
    pciDevices = [],
    path,
    run,
}: GuestShape): RealGuest {
    return {
        ...{ nodeName: name, host: "host-a", packages: new Set(packages), pciDevices, config: k3sConfig(), path },
        power: new AbortController().signal,
        run: run ?? (() => Promise.reject(new Error("this guest runs nothing"))),
        console: () => undefined,
    };
}

/** Folders that machines share; removed by whoever made them. */
export function sharedFolders(): { folder: string; blockVolumes: string; nas: string } {
    const folder = mkdtempSync(join(tmpdir(), "shared-"));
    const [blockVolumes, nas] = [join(folder, "block"), join(folder, "nas")];
    for (const one of [blockVolumes, nas]) mkdirSync(one);
    return { folder, blockVolumes, nas };
}

const HOLD = `
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
mount --rbind /dev dev
mount --rbind /proc proc
mount --rbind /sys sys
mkdir -p ".$4" ".$5"
mount --bind "$2" ".$4"
mount --bind "$3" ".$5"
mkdir -p var/lib/kubelet
touch "$1/root/ready"
exec chroot . /bin/sleep 3600`;

/** A machine with mounts of its own over the host's programs; needs root. */
export async function startGuest(
    shared: { blockVolumes: string; nas: string },
    shape: Omit<GuestShape, "path" | "run"> = {},
): Promise<TestGuest> {
    const folder = mkdtempSync(join(tmpdir(), "guest-"));
    const args = [folder, shared.blockVolumes, shared.nas, GUEST_PATHS.blockVolumes, GUEST_PATHS.nas];
    const holder = spawn("unshare", ["--mount", "/bin/sh", "-c", HOLD, "sh", ...args], {
        stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    holder.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const pid = holder.pid ?? 0;
    const path = (inGuest: string) => join(`/proc/${pid}/root`, inGuest);
    await eventually("the machine is up", () => {
        if (holder.exitCode !== null) throw new Error(`it ended: ${said}`);
        return existsSync(path("/ready"));
    });
    const run = (command: string, more: readonly string[]) =>
        new Promise<string>((done, fail) => {
            const entered = ["--target", String(pid), "--mount", "--root", command, ...more];
            execFile("nsenter", entered, (error, stdout, stderr) =>
                error ? fail(new Error(stderr || error.message)) : done(stdout),
            );
        });
    return {
        guest: guestOf({ ...shape, path, run }),
        shared,
        stop: async () => {
            await ended(holder);
            removeFolder(folder);
        },
    };
}

async function ended(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await gone;
}
