import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fillCacheEntry } from "../toolchain/cache-entry";
import { DEBIAN_RELEASE, installDebian, installedPackages } from "./debian";
import type { BuildContext } from "./context";
import type { DebianLayer } from "./recipe";

/** What a machine of the lab is made of, besides the programs that the lab builds. */
const GUEST: DebianLayer = {
    kind: "debian",
    name: "guest",
    packages: [
        "runc",
        "containernetworking-plugins",
        "nftables",
        "iptables",
        "ipset",
        "iproute2",
        "conntrack",
        "e2fsprogs",
        "mount",
        "util-linux",
        "procps",
        "kmod",
        "ca-certificates",
        "curl",
    ],
};

/** Moved when `installDebian` makes something else of the same packages. */
const FORMAT = 1;

/** Its folder in the cache: `root/` and `packages.txt`. */
export function guestFolder(cache: string): string {
    const key = createHash("sha256")
        .update(JSON.stringify([FORMAT, DEBIAN_RELEASE, GUEST]))
        .digest("hex");
    return join(cache, "images", `guest-${key.slice(0, 16)}`);
}

/** Root folder of the machines' system in the cache; `undefined` when it was not made yet. */
export function locateGuestRoot(cache: string): string | undefined {
    const root = join(guestFolder(cache), "root");
    return existsSync(root) ? root : undefined;
}

/**
 * Makes the machines' system where it is missing. It is the lower layer of every machine's root: never write to it.
 * @returns its root folder.
 */
export async function ensureGuestRoot(context: BuildContext): Promise<string> {
    const folder = guestFolder(context.cache);
    const root = join(folder, "root");
    const logFile = await context.logFile("guest");
    await fillCacheEntry(folder, {
        ready: () => existsSync(root),
        fill: (out, work) =>
            context.reporting("guest", DEBIAN_RELEASE, async (onLine) => {
                await installDebian(join(out, "root"), GUEST, { ...context, work, logFile, onLine });
                // A place for what every machine gets mounted.
                await mkdir(join(out, "root", "lab"), { recursive: true });
                await writeFile(join(out, "packages.txt"), await installedPackages(join(out, "root")));
            }),
        onWait: (pid) => context.waiting("guest", DEBIAN_RELEASE, pid),
        signal: context.signal,
    });
    return root;
}
