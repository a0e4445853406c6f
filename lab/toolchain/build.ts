import { chmod, copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { parseAllDocuments } from "yaml";
import { isRecord, textOf } from "../plain-values";
import { reasonOf } from "../reason";
import { fillCacheEntry } from "./cache-entry";
import { answerOf, CommandError, runCommand, type CommandOptions } from "./command";
import { makeRoom } from "./disk-space";
import { programVersion } from "./locate";
import {
    goPlatform,
    toolFolder,
    type Companion,
    type GoProgram,
    type PatchedModule,
    type PlainFile,
    type ToolSpec,
} from "./tools";
import { unpackWheel } from "./wheel";

export interface BuildOptions {
    readonly cache: string;
    readonly env: NodeJS.ProcessEnv;
    readonly signal?: AbortSignal | undefined;
    /** Another process (its id) builds the same. */
    readonly onWait?: (pid: number) => void;
    readonly onLine?: (line: string) => void;
}

/** Go as it is set up here. */
export interface GoSetup {
    /** Such as `1.26.8`. */
    readonly version: string;
    readonly buildCache: string;
    readonly moduleCache: string;
}

/** @returns `undefined` when there is no Go that runs. */
export function goSetup(env: NodeJS.ProcessEnv): GoSetup | undefined {
    const names = ["GOVERSION", "GOCACHE", "GOMODCACHE"];
    const answer = answerOf("go", ["env", ...names], { ...env, GOTOOLCHAIN: "local" });
    if (answer === undefined) return undefined;
    const [version = "", buildCache = "", moduleCache = ""] = answer.split("\n");
    return { version: version.replace(/^go/, ""), buildCache, moduleCache };
}

/**
 * Puts one tool into the cache. A killed build leaves nothing behind that the next one does not remove, and goes on
 * where Go's own build cache ends.
 * @returns the path of the tool. @throws an error that names tool, version, the last output and what to do.
 */
export async function buildTool(spec: ToolSpec, options: BuildOptions): Promise<string> {
    const folder = toolFolder(options.cache, spec);
    const path = join(folder, spec.artefact);
    const logs = join(options.cache, "logs");
    try {
        await mkdir(logs, { recursive: true });
        await fillCacheEntry(folder, {
            ready: () => existsSync(path),
            fill: (out, work) => fill(spec, out, work, join(logs, `${spec.name}.log`), options),
            ...(options.onWait ? { onWait: options.onWait } : {}),
            signal: options.signal,
        });
    } catch (error) {
        options.signal?.throwIfAborted();
        throw new Error(explain(`${spec.name} ${spec.version}`, error), { cause: error });
    }
    return path;
}

async function fill(spec: ToolSpec, out: string, work: string, logFile: string, options: BuildOptions): Promise<void> {
    const { source } = spec;
    const env: NodeJS.ProcessEnv = {
        ...options.env,
        GOFLAGS: "-mod=readonly",
        GOWORK: "off",
        GOTOOLCHAIN: "local",
        CGO_ENABLED: "0",
        GOOS: goPlatform.os,
        GOARCH: goPlatform.arch,
        // Beside the result, so that a killed build's files are found and removed, and no small /tmp fills up.
        GOTMPDIR: work,
    };
    const run = { env, logFile, signal: options.signal, ...(options.onLine ? { onLine: options.onLine } : {}) };
    const target = join(out, spec.artefact);
    switch (source.kind) {
        case "file":
            await copyFromModule(source, spec.version, target, { ...run, cwd: work });
            break;
        case "wheel":
            await unpackWheel(source, target, work, run);
            break;
        case "program": {
            const inModule = { ...run, cwd: source.moduleDir };
            const patch = source.patched && (await patchModule(source.patched, source.moduleDir, work, inModule));
            await runCommand("go", buildArguments(source, target, patch), inModule);
            for (const companion of source.companions) await copyCompanion(companion, out, inModule);
            verify(spec, target, options.env);
        }
    }
    const made = { tool: spec.name, version: spec.version, go: goSetup(options.env)?.version ?? "" };
    await writeFile(join(out, "built.json"), `${JSON.stringify(made, undefined, 4)}\n`);
}

/** @param modFile takes the place of the folder's `go.mod` */
function buildArguments(source: GoProgram, target: string, modFile?: string): string[] {
    const tags = source.tags === "" ? [] : ["-tags", source.tags];
    const mod = modFile === undefined ? [] : ["-modfile", modFile];
    const flags = ["-trimpath", "-buildvcs=false", ...mod, ...tags, "-ldflags", source.ldflags];
    return ["build", ...flags, "-o", target, source.package];
}

/**
 * Copies the module, with one file exchanged, and writes a `go.mod` that names the copy, with its `go.sum`: Go lets no file of
 * its module cache be replaced, and no package of a module alone.
 * @returns path of that `go.mod`
 */
async function patchModule(
    { module, file, by }: PatchedModule,
    moduleDir: string,
    work: string,
    run: CommandOptions,
): Promise<string> {
    const [dir = ""] = fields(await runCommand("go", ["mod", "download", "-json", module], run), "Dir");
    const copy = join(work, "patched");
    await cp(dir, copy, { recursive: true });
    for (const entry of await readdir(copy, { withFileTypes: true, recursive: true }))
        if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755);
    await rm(join(copy, file));
    await copyFile(join(moduleDir, by), join(copy, file));
    const modFile = join(work, "go.mod");
    const own = await readFile(join(moduleDir, "go.mod"), "utf8");
    await writeFile(modFile, `${own}\nreplace ${module} => ${JSON.stringify(copy)}\n`);
    await copyFile(join(moduleDir, "go.sum"), join(work, "go.sum"));
    return modFile;
}

async function copyFromModule(file: PlainFile, version: string, target: string, run: CommandOptions): Promise<void> {
    const module = await runCommand("go", ["mod", "download", "-json", `${file.module}@v${version}`], run);
    const [dir = "", sum = ""] = fields(module, "Dir", "Sum");
    if (sum !== file.sum) {
        throw new Error(`checksum of ${file.module} is ${sum}, pinned is ${file.sum} (the module was changed)`);
    }
    const parts = [file.path, ...(file.followedBy ?? [])].map((path) => readFile(join(dir, path), "utf8"));
    const text = (await Promise.all(parts)).join("\n");
    await writeFile(target, target.endsWith(".json") ? asJson(text) : text);
}

/** YAML documents as a JSON list: a megabyte of YAML takes most of a second to read, each time. */
function asJson(text: string): string {
    const documents = parseAllDocuments(text).flatMap((document) => {
        const value: unknown = document.toJS();
        return value === null ? [] : [value];
    });
    return JSON.stringify(documents);
}

/** @param run in the module folder of the program, which is built already: so its modules are there. */
async function copyCompanion(file: Companion, out: string, run: CommandOptions): Promise<void> {
    const [dir = ""] = fields(await runCommand("go", ["list", "-m", "-json", file.module], run), "Dir");
    await copyOut(join(dir, file.path), join(out, file.as ?? basename(file.path)));
}

/** Files of the module cache are read-only; their copies must be removable. */
async function copyOut(from: string, to: string): Promise<void> {
    await copyFile(from, to);
    await chmod(to, 0o644);
}

/** A program that does not run, or tells another version than its pin (a stamp that missed), is not kept. */
function verify(spec: ToolSpec, path: string, env: NodeJS.ProcessEnv): void {
    if (!spec.versionArguments) return;
    const version = programVersion(path, spec.versionArguments, env);
    if (version !== spec.version) {
        throw new Error(`the built program says its version is ${version ?? "nothing"}, pinned is ${spec.version}`);
    }
}

/** Fields of Go's JSON answer, empty where it has none. */
function fields(json: string, ...names: readonly string[]): string[] {
    const answer: unknown = JSON.parse(json);
    return names.map((name) => textOf(isRecord(answer) ? answer[name] : undefined));
}

/** Known causes, by what the tools print; the first that fits wins. */
const causes: readonly (readonly [RegExp, string, string])[] = [
    [/no space left on device|ENOSPC|disk quota exceeded|EDQUOT/i, "the disk is full", makeRoom],
    [
        /signal: killed|cannot allocate memory|ENOMEM/,
        "the compiler was killed, most likely for want of memory",
        "close something (a build needs about 3 GiB), then run it again",
    ],
    [
        /checksum mismatch|SECURITY ERROR|checksum of|DO NOT MATCH THE HASHES/,
        "a module is not the one that was pinned",
        "find out why before anything else: the proxy in GOPROXY or PIP_INDEX_URL may serve something changed",
    ],
    [
        /missing go\.sum entry|updates to go\.mod needed/,
        "the pins in lab/toolchain/modules are incomplete",
        'run "GOFLAGS=-mod=mod go build" of that package there and commit go.mod and go.sum',
    ],
    [
        /dial tcp|no such host|i\/o timeout|TLS handshake|connection re(?:fused|set)|proxyconnect|Read timed out|Temporary failure|Could not find a version/i,
        "a package registry was not reached",
        "check the network and GOPROXY (for Python packages PIP_INDEX_URL), then run it again",
    ],
];

/** One message for a failed piece of work: what, why, its last lines, what to do. Also used for moto. */
export function explain(what: string, error: unknown): string {
    const message = reasonOf(error);
    const tail = error instanceof CommandError ? error.tail : [];
    const output = [message, ...tail].join("\n");
    const [, cause, remedy] = causes.find(([pattern]) => pattern.test(output)) ?? [];
    const whole = error instanceof CommandError ? ` (whole output: ${error.logFile})` : "";
    return [
        `${what}: ${cause ? `${cause} (${message})` : message}; ${remedy ?? "see the lines below, then run it again"}${whole}`,
        ...tail.map((line) => `    ${line}`),
    ].join("\n");
}
