import { reasonOf } from "../reason";
import { ensureTools, ToolchainError, type EnsureOptions } from "./ensure";
import { locate } from "./locate";
import { ensureMoto } from "./moto";
import { checkPrerequisites, missingPrerequisites } from "./prerequisites";
import { progress, type ProgressOutput } from "./progress";
import { catalogue, toolNames, type ToolName } from "./tools";

/** Everything that the lab runs and did not write itself. */
export interface Toolchain {
    readonly tools: Readonly<Record<ToolName, string>>;
    /** The Python of moto's environment. */
    readonly motoPython: string;
}

/**
 * Checks the prerequisites, then builds what is missing, all of it side by side, with its progress shown.
 * @throws ToolchainError with everything that is missing or failed, or the signal's reason.
 */
export async function runToolchain(
    options: Omit<EnsureOptions, "report"> & { readonly output: ProgressOutput },
): Promise<Toolchain> {
    const go = Object.values(catalogue()).some((spec) => locate(spec, options) === undefined);
    const missing = missingPrerequisites(checkPrerequisites(options.env, { go, python: true }));
    if (missing.length > 0) throw new ToolchainError(missing);
    const display = progress(options.output);
    const ensuring = { ...options, report: display.report };
    const [tools, moto] = await Promise.allSettled([ensureTools(toolNames, ensuring), ensureMoto(ensuring)]);
    display.close();
    options.signal?.throwIfAborted();
    if (tools.status === "fulfilled" && moto.status === "fulfilled") {
        return { tools: tools.value, motoPython: moto.value };
    }
    const failed = [tools, moto].filter((one) => one.status === "rejected");
    throw new ToolchainError(failed.map(({ reason }) => reasonOf(reason)));
}
