import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Companion, GoProgram, PatchedModule, ToolSpec } from "./tools";

const GIB = 2 ** 30;

/**
 * Measured, per module folder: module cache plus build cache. The last nine, which only real machines need, share much
 * with those before them; theirs is what each adds (sizes of the modules and archives that Go names) and a fifth.
 */
const coldBytes = {
    kubernetes: 4.1 * GIB,
    pulumi: 3.6 * GIB,
    etcd: 0.5 * GIB,
    proxmox: 0.5 * GIB,
    containerd: 0.8 * GIB,
    idle: 0.1 * GIB,
    "kube-router": 1.6 * GIB,
    coredns: 2.7 * GIB,
    traefik: 4.5 * GIB,
    "metrics-server": 1.6 * GIB,
    "cloudnative-pg": 1.6 * GIB,
    "plugin-barman-cloud": 1.2 * GIB,
    metallb: 1.6 * GIB,
};

/** A folder of `modules/` from which programs are compiled. */
export type ModuleFolder = keyof typeof coldBytes;

/** How a program is compiled. */
export interface Build {
    readonly module: string;
    readonly package: string;
    /** Variables that are set at link time, by the version. */
    readonly stamps?: (version: string) => Record<string, string>;
    readonly tags?: string;
    readonly companions?: readonly Companion[];
    readonly patched?: PatchedModule;
    /** Only for source of our own; that of others has the version that the `go.mod` requires. */
    readonly version?: string;
}

/** @throws when the `go.mod` in `moduleDir` does not require `module`. */
export function requiredVersion(moduleDir: string, module: string): string {
    const file = join(moduleDir, "go.mod");
    const line = new RegExp(`^(?:require)?\\s*${module.replaceAll(".", "\\.")} v(\\S+)`, "m");
    const version = line.exec(readFileSync(file, "utf8"))?.[1];
    if (!version) {
        throw new Error(`${file}: no requirement of ${module} (it is where the version is pinned); add one`);
    }
    return version;
}

/** The oldest Go that the `go.mod` in a folder lets compile it, such as `1.26.8`. */
export function neededGo(moduleDir: string): string | undefined {
    return /^go (\S+)/m.exec(readFileSync(join(moduleDir, "go.mod"), "utf8"))?.[1];
}

/** client-go and component-base each keep a version of their own; kubectl and the servers read different ones. */
export function kubernetesStamps(version: string): Record<string, string> {
    const [major = "", minor = ""] = version.split(".");
    const fields = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor, gitTreeState: "clean" };
    const packages = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"];
    return Object.fromEntries(
        packages.flatMap((name) => Object.entries(fields).map(([field, value]) => [`${name}.${field}`, value])),
    );
}

/** @param modules the folder of all module folders. */
export function program(
    modules: string,
    folder: ModuleFolder,
    name: string,
    build: Build,
    rest: Pick<ToolSpec, "versionArguments" | "accepted"> = {},
): ToolSpec {
    const moduleDir = join(modules, folder);
    const version = build.version ?? requiredVersion(moduleDir, build.module);
    const source: GoProgram = {
        kind: "program",
        moduleDir,
        module: build.module,
        package: build.package,
        tags: build.tags ?? "",
        ldflags: stamp(build.stamps?.(version) ?? {}),
        companions: build.companions ?? [],
        coldBytes: coldBytes[folder],
        ...(build.patched && { patched: build.patched }),
    };
    return { name, version, artefact: name, source, ...rest };
}

function stamp(values: Record<string, string>): string {
    return ["-s -w", ...Object.entries(values).map(([name, value]) => `-X ${name}=${value}`)].join(" ");
}
