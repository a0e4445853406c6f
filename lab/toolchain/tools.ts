import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A file that is copied out of a Go module as it is. */
export interface ModuleFile {
    readonly module: string;
    /** Path inside the module. */
    readonly path: string;
}

/** A file that is put next to a program. */
export interface Companion extends ModuleFile {
    /** Its name there; the last part of its path where left out. */
    readonly as?: string;
}

/** A module of which one file is the lab's own: what the published one brings along is not needed, or not to be had. */
export interface PatchedModule {
    readonly module: string;
    /** Path in the module of the file that gives way. */
    readonly file: string;
    /** Path below the module folder of the one that takes its place. */
    readonly by: string;
}

/** A program compiled from the module folder's one requirement, or from the source in that folder. */
export interface GoProgram {
    readonly kind: "program";
    /** Folder of the `go.mod` and `go.sum` that pin it. */
    readonly moduleDir: string;
    /** The module whose version is the tool's. */
    readonly module: string;
    readonly package: string;
    readonly tags: string;
    readonly ldflags: string;
    /** Files of modules it was built from, put next to the binary. */
    readonly companions: readonly Companion[];
    readonly patched?: PatchedModule;
    /** What a first build of all programs of this folder leaves in Go's module and build cache, in bytes. */
    readonly coldBytes: number;
}

/** A file of a module that nothing is compiled from. */
export interface PlainFile extends ModuleFile {
    readonly kind: "file";
    /** Go's checksum of the module (`h1:...`), as a `go.sum` would hold it. */
    readonly sum: string;
    /** Further files of the module that are put behind it: YAML documents, each with its own `---`. */
    readonly followedBy?: readonly string[];
}

/** A program that a Python wheel carries: it is taken out, and no Python is needed to run it. */
export interface WheelProgram {
    readonly kind: "wheel";
    /** Folder of the `requirements.txt` that pins the one wheel, with its hashes. */
    readonly moduleDir: string;
    /** Folder of the wheel that holds it. */
    readonly folder: string;
    /** How the name of the one file there begins that is the program; the rest tells platform and version. */
    readonly prefix: string;
    /** With these it runs and ends at once with 0, which shows that it fits the machine. */
    readonly trialArguments: readonly string[];
}

export interface ToolSpec {
    readonly name: string;
    /** Without the leading `v`. */
    readonly version: string;
    /** File name of the tool in its cache folder; a plain file that ends in `.json` becomes a list of its YAML documents. */
    readonly artefact: string;
    readonly source: GoProgram | PlainFile | WheelProgram;
    /** Arguments that make the program print its version; without them it is neither looked for elsewhere nor tried. */
    readonly versionArguments?: readonly string[];
    /** A program of the user's own is taken from this version on and below that one. */
    readonly accepted?: { readonly from: string; readonly below: string };
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
    const key = createHash("sha256")
        .update(JSON.stringify([spec.version, spec.artefact, withoutPlace(source), pins(source), goPlatform]))
        .digest("hex");
    return join(cache, "tools", `${spec.name}-${key.slice(0, 16)}`);
}

/** A source without what depends on where the checkout lies, or says only how much work it is. */
function withoutPlace(source: ToolSpec["source"]): ToolSpec["source"] {
    switch (source.kind) {
        case "program":
            return { ...source, moduleDir: "", coldBytes: 0 };
        case "wheel":
            return { ...source, moduleDir: "" };
        case "file":
            return source;
    }
}

/** The text of every file that pins a tool, or that it is compiled from; not what an editor keeps beside them. */
function pins(source: ToolSpec["source"]): string[] {
    if (source.kind === "file") return [];
    return readdirSync(source.moduleDir, { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile() && /^[^.].*\.(?:go|mod|sum|txt)$/.test(entry.name))
        .map(({ parentPath, name }) => join(parentPath, name))
        .sort()
        .map((file) => readFileSync(file, "utf8"));
}
