import { existsSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import type { Operator } from "../operators";
import { reasonOf } from "../reason";
import type { BodyKind } from "../settings";
import { buildTool, goSetup, type BuildOptions, type GoSetup } from "./build";
import { gibibytes, makeRoom, shortages, type Need } from "./disk-space";
import { catalogue, toolsFor, type CommonTool, type ToolName } from "./catalogue";
import { locate, type Places } from "./locate";
import type { Report } from "./progress";
import type { ToolSpec } from "./tools";

/** Everything that went wrong, together: one failed tool does not stop the others. */
export class ToolchainError extends Error {
    constructor(readonly failures: readonly string[]) {
        super(failures.join("\n"));
    }
}

export interface EnsureOptions extends Places {
    readonly report?: Report;
    readonly signal?: AbortSignal | undefined;
}

/** Paths of the tools; those of real machines and of operators only where the lab has such. */
export type ToolPaths = Readonly<Record<CommonTool, string> & Partial<Record<ToolName, string>>>;

/**
 * Paths of the tools that a lab with such machines needs; what is missing is built.
 * @throws ToolchainError with every tool that could not be built, or the signal's reason.
 */
export async function ensureTools(
    bodies: BodyKind,
    operators: readonly Operator[],
    options: EnsureOptions,
): Promise<ToolPaths> {
    const specs = catalogue();
    const paths = await ensure(
        toolsFor(bodies, operators).map((name) => specs[name]),
        options,
    );
    // Every name asked for is a key, which Object.fromEntries cannot say in its type.
    return Object.fromEntries(paths) as ToolPaths;
}

/** Like {@link ensureTools}, for any catalogue. */
export async function ensure(specs: readonly ToolSpec[], options: EnsureOptions): Promise<Map<string, string>> {
    const paths = new Map<string, string>();
    const missing: ToolSpec[] = [];
    for (const spec of specs) {
        const located = locate(spec, options);
        if (located) paths.set(spec.name, located.path);
        else missing.push(spec);
        const version = located?.version ?? spec.version;
        options.report?.({ name: spec.name, version, state: located?.from ?? "queued", detail: located?.path ?? "" });
    }
    if (missing.length === 0) return paths;
    await checkSpace(missing, options);
    const failures: string[] = [];
    const lanes = lanesOf(missing);
    const work = async (): Promise<void> => {
        for (let lane = lanes.shift(); lane; lane = lanes.shift()) {
            for (const spec of lane) {
                const path = await buildReporting(spec, options, failures);
                if (path !== undefined) paths.set(spec.name, path);
            }
        }
    };
    await Promise.all(Array.from({ length: parallelBuilds() }, work));
    options.signal?.throwIfAborted();
    if (failures.length > 0) throw new ToolchainError(failures);
    return paths;
}

async function buildReporting(spec: ToolSpec, options: EnsureOptions, failures: string[]): Promise<string | undefined> {
    const { report } = options;
    const about = { name: spec.name, version: spec.version };
    const build: BuildOptions = {
        ...options,
        onWait: (pid) => report?.({ ...about, state: "waiting", detail: `process ${pid} is building it` }),
        onLine: (line) => report?.({ ...about, state: "building", detail: line }),
    };
    report?.({ ...about, state: "building", detail: "" });
    try {
        const path = await buildTool(spec, build);
        report?.({ ...about, state: "built", detail: path });
        return path;
    } catch (error) {
        const message = reasonOf(error);
        const stopped = options.signal?.aborted === true;
        report?.({ ...about, state: stopped ? "stopped" : "failed", detail: "" });
        failures.push(message);
        return undefined;
    }
}

/**
 * Programs of one module folder are built one after the other, as each finds the packages of the one before in Go's
 * cache; folders run side by side, the longest first.
 */
function lanesOf(specs: readonly ToolSpec[]): ToolSpec[][] {
    const lanes = new Map<string, ToolSpec[]>();
    for (const spec of specs) {
        const lane = spec.source.kind === "file" ? spec.name : spec.source.moduleDir;
        lanes.set(lane, [...(lanes.get(lane) ?? []), spec]);
    }
    const size = ([spec]: readonly ToolSpec[]): number => (spec?.source.kind === "program" ? spec.source.coldBytes : 0);
    return [...lanes.values()].sort((a, b) => size(b) - size(a));
}

/**
 * Go uses every core by itself; a second build fills the gaps in which the first downloads or links. Each may take
 * 3 GiB of memory for its largest packages.
 */
function parallelBuilds(): number {
    return availableParallelism() > 1 && totalmem() > 7 * 2 ** 30 ? 2 : 1;
}

/** Refuses to start what cannot end: only a folder whose modules are not there yet is known to need the full amount. */
async function checkSpace(missing: readonly ToolSpec[], options: EnsureOptions): Promise<void> {
    const needingGo = missing.filter(({ source }) => source.kind !== "wheel");
    const go = goSetup(options.env);
    if (!go) {
        if (needingGo.length === 0) return;
        const names = needingGo.map((spec) => spec.name).join(", ");
        throw new ToolchainError([`go: not found on PATH (needed to build ${names}); install Go, https://go.dev/dl`]);
    }
    const cold = new Map<string, number>();
    for (const { source, version } of missing) {
        if (source.kind === "program" && !isDownloaded(source.module, version, go)) {
            cold.set(source.moduleDir, source.coldBytes);
        }
    }
    const bytes = [...cold.values()].reduce((sum, part) => sum + part, 0);
    const needs: Need[] = [
        { folder: go.buildCache, bytes: bytes * 0.6 },
        { folder: go.moduleCache, bytes: bytes * 0.4 },
        { folder: options.cache, bytes: missing.length * 2 ** 28 },
    ];
    const failures = (await shortages(needs)).map(({ folders, freeBytes, neededBytes }) => {
        const what = missing.map((spec) => `${spec.name} ${spec.version}`).join(", ");
        const free = `${gibibytes(freeBytes)} free on the disk of it`;
        return `${folders.join(", ")}: ${free} (building ${what} needs about ${gibibytes(neededBytes)}); ${makeRoom}`;
    });
    if (failures.length > 0) throw new ToolchainError(failures);
}

function isDownloaded(module: string, version: string, go: GoSetup): boolean {
    // Go writes a capital letter as "!" and the small one: https://go.dev/ref/mod#module-cache
    const escaped = module.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
    return existsSync(join(go.moduleCache, `${escaped}@v${version}`));
}
