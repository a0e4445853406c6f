import type { Operator } from "../operators";
import { reasonOf } from "../reason";
import type { BodyKind } from "../settings";
import { catalogue, toolsFor } from "./catalogue";
import { ensureTools, ToolchainError, type EnsureOptions, type ToolPaths } from "./ensure";
import { locate, type Places } from "./locate";
import { ensureMoto } from "./moto";
import { checkPrerequisites, missingPrerequisites, neededFor } from "./prerequisites";
import { progress, type ProgressOutput } from "./progress";
import type { ToolSpec } from "./tools";

/** Everything that the lab runs and did not write itself. */
export interface Toolchain {
    readonly tools: ToolPaths;
    /** The Python of moto's environment. */
    readonly motoPython: string;
}

/** What a lab with such machines and operators needs and nobody has built yet. */
export function missingTools(bodies: BodyKind, operators: readonly Operator[], places: Places): ToolSpec[] {
    const specs = catalogue();
    return toolsFor(bodies, operators)
        .map((name) => specs[name])
        .filter((spec) => locate(spec, places) === undefined);
}

/**
 * Checks the prerequisites, then builds what is missing, all of it side by side, with its progress shown.
 * @param options.bodies what the machines of the lab are made of, and which operators run on them: only what those
 * need is built.
 * @throws ToolchainError with everything that is missing or failed, or the signal's reason.
 */
export async function runToolchain(
    options: Omit<EnsureOptions, "report"> & {
        readonly bodies: BodyKind;
        readonly operators: readonly Operator[];
        readonly output: ProgressOutput;
    },
): Promise<Toolchain> {
    const { bodies, operators } = options;
    const needed = neededFor(missingTools(bodies, operators, options));
    const missing = missingPrerequisites(checkPrerequisites(options.env, needed));
    if (missing.length > 0) throw new ToolchainError(missing);
    const display = progress(options.output);
    const ensuring = { ...options, report: display.report };
    const [tools, moto] = await Promise.allSettled([ensureTools(bodies, operators, ensuring), ensureMoto(ensuring)]);
    display.close();
    options.signal?.throwIfAborted();
    if (tools.status === "fulfilled" && moto.status === "fulfilled") {
        return { tools: tools.value, motoPython: moto.value };
    }
    const failed = [tools, moto].filter((one) => one.status === "rejected");
    throw new ToolchainError(failed.map(({ reason }) => reasonOf(reason)));
}
