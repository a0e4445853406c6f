import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { explain } from "./build";
import { runCommand } from "./command";
import { onPath, type Places } from "./locate";

/** A Debian package, with the programs of it that are run. */
export interface DebianPackage {
    readonly name: string;
    readonly programs: readonly string[];
    /** Folders beside those of `PATH` in which it keeps them, as they are at the moment. */
    readonly folders?: () => readonly string[];
}

/** Debian packages of which real machines are made. */
const machinePackages: readonly DebianPackage[] = [
    { name: "mmdebstrap", programs: ["mmdebstrap"] },
    { name: "iproute2", programs: ["ip"] },
    { name: "util-linux", programs: ["unshare", "nsenter"] },
    { name: "mount", programs: ["mount", "umount"] },
    { name: "e2fsprogs", programs: ["mkfs.ext4"] },
];

/** A package manager that was interrupted, or an update in the background, may hold the lock for so long. */
const LOCK_PATIENCE_SECONDS = 120;

/** Names of packages with a program that is not found. Who installed a program, and from where, does not matter. */
export function missingPackages(env: NodeJS.ProcessEnv = process.env, packages = machinePackages): string[] {
    const isThere = ({ programs, folders }: DebianPackage): boolean => {
        const places = [env["PATH"] ?? "", ...(folders?.() ?? [])].join(delimiter);
        return programs.every((program) => onPath(program, places) !== undefined);
    };
    return packages.filter((each) => !isThere(each)).map(({ name }) => name);
}

function programsOf(names: readonly string[], packages = machinePackages): string {
    return packages.flatMap(({ name, programs }) => (names.includes(name) ? programs : [])).join(", ");
}

export interface InstallOptions extends Places {
    readonly signal?: AbortSignal | undefined;
    readonly onLine?: (line: string) => void;
    /** What is needed altogether; default: what real machines are made of. */
    readonly packages?: readonly DebianPackage[];
    /** Whether it runs as root; for tests. */
    readonly root?: boolean;
}

/** Why the lab would not install packages, with the command that does; `undefined` where it would, or none is missing. */
export function refusalToInstall(missing: readonly string[], options: InstallOptions): string | undefined {
    const hindrance = missing.length > 0 ? whyNot(options) : undefined;
    return hindrance === undefined ? undefined : request(missing, hindrance, options.packages);
}

/**
 * Installs packages, and says so in the logs of the toolchain.
 * @throws Error with the command to run where the lab may not (`LAB_INSTALL=no`, not root) or cannot (no apt), or with
 * the last lines of apt; or the signal's reason.
 */
export async function installPackages(missing: readonly string[], options: InstallOptions): Promise<void> {
    if (missing.length === 0) return;
    const refusal = refusalToInstall(missing, options);
    if (refusal !== undefined) throw new Error(refusal);
    const { env, signal, onLine } = options;
    const logs = join(options.cache, "logs");
    await mkdir(logs, { recursive: true });
    const apt = (logName: string, ...args: readonly string[]): Promise<string> =>
        runCommand("apt-get", ["-o", `DPkg::Lock::Timeout=${LOCK_PATIENCE_SECONDS}`, "--yes", ...args], {
            env: { ...env, DEBIAN_FRONTEND: "noninteractive" },
            cwd: logs,
            logFile: join(logs, `${logName}.log`),
            signal,
            ...(onLine && { onLine }),
        });
    const install = (): Promise<string> => apt("apt-install", "install", "--no-install-recommends", ...missing);
    try {
        // The lists are fetched only when those at hand do not do: that takes longer than the packages.
        await install().catch(async () => {
            signal?.throwIfAborted();
            await apt("apt-update", "update");
            return install();
        });
    } catch (error) {
        signal?.throwIfAborted();
        throw new Error(explain(`Debian packages ${missing.join(", ")}`, error), { cause: error });
    }
    const still = missingPackages(env, options.packages).filter((name) => missing.includes(name));
    if (still.length > 0) {
        const lacking = `${programsOf(still, options.packages)} not found although ${still.join(", ")} is installed`;
        throw new Error(`PATH: ${lacking}; add /usr/sbin and /sbin to PATH`);
    }
}

function whyNot({ env, root = process.getuid?.() === 0 }: InstallOptions): string | undefined {
    if (onPath("apt-get", env["PATH"] ?? "") === undefined) return "this is no Debian or Ubuntu (no apt-get on PATH)";
    if (env["LAB_INSTALL"] === "no") return "LAB_INSTALL=no";
    return root ? undefined : "only root may";
}

function request(missing: readonly string[], hindrance: string, packages?: readonly DebianPackage[]): string {
    return (
        `${missing.join(", ")}: not installed, and the lab does not install it: ${hindrance} ` +
        `(real machines need ${programsOf(missing, packages)}); ` +
        `run \`apt-get install --no-install-recommends ${missing.join(" ")}\` as root, or take LAB_NODES=simulated`
    );
}
