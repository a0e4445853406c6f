import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What the lab takes out of published Go modules, in the order in which it is shown. */
export const toolNames = [
    "pulumi",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubectl",
    "etcd",
    "terraform-provider-proxmox",
    "traefik-crds",
] as const;
export type ToolName = (typeof toolNames)[number];

/** A file that is copied out of a Go module as it is. */
export interface ModuleFile {
    readonly module: string;
    /** Path inside the module. */
    readonly path: string;
}

/** A program compiled from the module folder's one requirement. */
export interface GoProgram {
    readonly kind: "program";
    /** Folder of the `go.mod` and `go.sum` that pin it. */
    readonly moduleDir: string;
    /** The requirement whose version is the tool's. */
    readonly module: string;
    readonly package: string;
    readonly tags: string;
    readonly ldflags: string;
    /** Files of modules it was built from, put next to the binary. */
    readonly companions: readonly ModuleFile[];
    /** What a first build of all programs of this folder leaves in Go's module and build cache, in bytes. */
    readonly coldBytes: number;
}

/** A file of a module that nothing is compiled from. */
export interface PlainFile extends ModuleFile {
    readonly kind: "file";
    /** Go's checksum of the module (`h1:...`), as a `go.sum` would hold it. */
    readonly sum: string;
}

export interface ToolSpec {
    readonly name: string;
    /** Without the leading `v`. */
    readonly version: string;
    /** File name of the tool in its cache folder. */
    readonly artefact: string;
    readonly source: GoProgram | PlainFile;
    /** Arguments that make the program print its version; without them it is neither looked for elsewhere nor tried. */
    readonly versionArguments?: readonly string[];
    /** A program of the user's own is taken from this version on and below that one. */
    readonly accepted?: { readonly from: string; readonly below: string };
}

const GIB = 2 ** 30;

/** Measured cold, per module folder: module cache plus build cache (9 GB for all of them together). */
const coldBytes = { kubernetes: 4.1 * GIB, pulumi: 3.6 * GIB, etcd: 0.5 * GIB, proxmox: 0.5 * GIB };

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

function stamp(values: Record<string, string>): string {
    return ["-s -w", ...Object.entries(values).map(([name, value]) => `-X ${name}=${value}`)].join(" ");
}

/** client-go and component-base each keep a version of their own; kubectl and the servers read different ones. */
function kubernetesStamps(version: string): Record<string, string> {
    const [major = "", minor = ""] = version.split(".");
    const fields = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor, gitTreeState: "clean" };
    const packages = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"];
    return Object.fromEntries(
        packages.flatMap((name) => Object.entries(fields).map(([field, value]) => [`${name}.${field}`, value])),
    );
}

/** The catalogue; versions come from the `go.mod` files in `modules/`. */
export function catalogue(modules: string = join(__dirname, "modules")): Record<ToolName, ToolSpec> {
    const program = (
        folder: keyof typeof coldBytes,
        module: string,
        name: string,
        build: { package: string; stamps?: (version: string) => Record<string, string>; tags?: string },
        rest: Pick<ToolSpec, "versionArguments" | "accepted"> & { companions?: readonly ModuleFile[] } = {},
    ): ToolSpec => {
        const moduleDir = join(modules, folder);
        const version = requiredVersion(moduleDir, module);
        const { companions = [], ...elsewhere } = rest;
        const source: GoProgram = {
            kind: "program",
            moduleDir,
            module,
            package: build.package,
            tags: build.tags ?? "",
            ldflags: stamp(build.stamps?.(version) ?? {}),
            companions,
            coldBytes: coldBytes[folder],
        };
        return { name, version, artefact: name, source, ...elsewhere };
    };
    const kubernetes = (name: string, versionArguments: readonly string[]): ToolSpec =>
        program(
            "kubernetes",
            "k8s.io/kubernetes",
            name,
            { package: `k8s.io/kubernetes/cmd/${name}`, stamps: kubernetesStamps },
            { versionArguments, accepted: { from: "1.36.0", below: "1.37.0" } },
        );
    return {
        pulumi: program(
            "pulumi",
            "github.com/pulumi/pulumi/pkg/v3",
            "pulumi",
            {
                package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
                tags: "osusergo,grpcnotrace",
                // An unstamped CLI fails the version check of the Automation API.
                stamps: (version) => ({
                    "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${version}`,
                }),
            },
            { versionArguments: ["version"], accepted: { from: "3.259.0", below: "4.0.0" } },
        ),
        "kube-apiserver": kubernetes("kube-apiserver", ["--version"]),
        "kube-controller-manager": kubernetes("kube-controller-manager", ["--version"]),
        "kube-scheduler": kubernetes("kube-scheduler", ["--version"]),
        kubectl: kubernetes("kubectl", ["version", "--client"]),
        etcd: program(
            "etcd",
            "go.etcd.io/etcd/server/v3",
            "etcd",
            { package: "go.etcd.io/etcd/server/v3" },
            { versionArguments: ["--version"], accepted: { from: "3.6.0", below: "3.7.0" } },
        ),
        "terraform-provider-proxmox": program(
            "proxmox",
            "github.com/bpg/terraform-provider-proxmox",
            "terraform-provider-proxmox",
            { package: "github.com/bpg/terraform-provider-proxmox" },
            {
                companions: [
                    {
                        module: "github.com/hashicorp/terraform-plugin-go",
                        path: "tfprotov6/internal/tfplugin6/tfplugin6.proto",
                    },
                ],
            },
        ),
        "traefik-crds": {
            name: "traefik-crds",
            version: "3.6.12",
            artefact: "traefik-crds.yaml",
            source: {
                kind: "file",
                module: "github.com/traefik/traefik/v3",
                path: "docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml",
                sum: "h1:6pe4s7aaDTQs+AsF7KP3sM/xnq7zOVvibRQe5tw9eFo=",
            },
        },
    };
}

/** Go's words for this machine; fixed for the build so that a `GOOS` of the user's does not cross-compile the lab. */
export const goPlatform = {
    os: process.platform === "win32" ? "windows" : process.platform,
    arch: process.arch === "x64" ? "amd64" : process.arch,
};

/**
 * Folder of a tool in the cache, named by what it is made from: two checkouts with the same pins share it. The Go
 * release is deliberately no part of the key (it is in `built.json`): finding a tool must not need Go, and a patch
 * release of Go must not cost a build of nine minutes.
 */
export function toolFolder(cache: string, spec: ToolSpec): string {
    const { source } = spec;
    const pins =
        source.kind === "program"
            ? ["go.mod", "go.sum"].map((name) => readFileSync(join(source.moduleDir, name), "utf8"))
            : [];
    const made = source.kind === "program" ? { ...source, moduleDir: "", coldBytes: 0 } : source;
    const key = createHash("sha256")
        .update(JSON.stringify([spec.version, spec.artefact, made, pins, goPlatform]))
        .digest("hex");
    return join(cache, "tools", `${spec.name}-${key.slice(0, 16)}`);
}
