import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../toolchain/command";
import { onPath } from "../toolchain/locate";
import type { DebianLayer } from "./recipe";

/** The release that images and machines are made of. */
export const DEBIAN_RELEASE = "trixie";
const DEFAULT_MIRROR = "http://deb.debian.org/debian";
/** 2025-01-01: what packages stamp into files that they make. */
const EPOCH_SECONDS = "1735689600";

/** Nobody reads manuals in a container, and programs speak the language C. */
const WITHOUT = ["doc", "man", "info", "locale", "lintian", "bash-completion", "zsh", "fish", "i18n/locales"].map(
    (folder) => `/usr/share/${folder}/*`,
);

export interface DebianOptions {
    readonly env: NodeJS.ProcessEnv;
    /** A folder for temporary files, on a disk with room for the packages. */
    readonly work: string;
    readonly logFile: string;
    readonly signal?: AbortSignal | undefined;
    readonly onLine?: (line: string) => void;
}

/** Why no Debian system can be made here, with the cure; `undefined` when one can. */
export function debianObstacle(env: NodeJS.ProcessEnv): string | undefined {
    if (process.getuid?.() !== 0) return "lab/images: not root (a system's files belong to many users); run as root";
    if (onPath("mmdebstrap", env["PATH"] ?? "") === undefined) {
        return 'PATH: no mmdebstrap (it installs Debian packages into a folder); run "apt-get install mmdebstrap"';
    }
    return undefined;
}

/**
 * Installs a Debian system with the packages of a layer and of those below it into a new folder. The mirror is
 * `LAB_DEBIAN_MIRROR`, by default Debian's own; a proxy is taken from `http_proxy`.
 * @throws Error when it cannot be made here, or CommandError.
 */
export async function installDebian(root: string, layer: DebianLayer, options: DebianOptions): Promise<void> {
    const { env, work, logFile, signal, onLine } = options;
    const obstacle = debianObstacle(env);
    if (obstacle !== undefined) throw new Error(obstacle);
    const stack = withBases(layer);
    const prepared = join(work, `${layer.name}-files`);
    await mkdir(prepared, { recursive: true });
    const hooks: string[] = [];
    for (const [number, [path, text]] of stack.flatMap(({ files }) => Object.entries(files ?? {})).entries()) {
        const file = join(prepared, String(number));
        await writeFile(file, text);
        hooks.push(`install -D -m 0644 '${file}' "$1${path}"`);
    }
    for (const { name, id, home } of stack.flatMap(({ users }) => users ?? [])) {
        hooks.push(`echo '${name}:x:${id}:' >> "$1/etc/group"`);
        hooks.push(`echo '${name}:x:${id}:${id}::${home}:/bin/sh' >> "$1/etc/passwd"`);
    }
    const packages = stack.flatMap((one) => one.packages);
    const without = [...WITHOUT, ...stack.flatMap((one) => one.without ?? [])];
    const args = [
        "--mode=root",
        "--variant=essential",
        "--format=directory",
        // A half-made folder is thrown away as a whole: nothing in it must survive a power failure.
        "--dpkgopt=force-unsafe-io",
        ...without.map((glob) => `--dpkgopt=path-exclude=${glob}`),
        '--aptopt=APT::Install-Recommends "false"',
        ...hooks.map((hook) => `--essential-hook=${hook}`),
        ...(packages.length > 0 ? [`--include=${packages.join(",")}`] : []),
        DEBIAN_RELEASE,
        root,
        env["LAB_DEBIAN_MIRROR"] ?? DEFAULT_MIRROR,
    ];
    await runCommand("mmdebstrap", args, {
        cwd: work,
        env: { ...env, SOURCE_DATE_EPOCH: EPOCH_SECONDS, TMPDIR: work, LC_ALL: "C.UTF-8" },
        logFile,
        signal,
        ...(onLine ? { onLine } : {}),
    });
}

/** A layer and what it is laid over, the lowest first. */
function withBases(layer: DebianLayer): DebianLayer[] {
    return [...(layer.base ? withBases(layer.base) : []), layer];
}

/** One line `<package> <version>` for each installed package. */
export async function installedPackages(root: string): Promise<string> {
    const status = await readFile(join(root, "var/lib/dpkg/status"), "utf8");
    const field = (paragraph: string, name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(paragraph)?.[1] ?? "";
    const lines = status
        .split("\n\n")
        .filter((paragraph) => paragraph.trim() !== "")
        .map((paragraph) => `${field(paragraph, "Package")} ${field(paragraph, "Version")}`);
    return `${lines.sort().join("\n")}\n`;
}
