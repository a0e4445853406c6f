import { daemonStatus } from "../daemon-client";
import { Engine, STACK } from "../engine";
import { exists, type Lab } from "../lab";
import { takeLock } from "../lock";
import { writeProject } from "../project";

/** Shows what `up` would change. Extra arguments go to `pulumi preview`. */
export async function preview(lab: Lab, extra: readonly string[]): Promise<number> {
    const engine = await runningEngine(lab);
    return (await engine.run(["preview", ...engine.stackArguments, ...extra])).exitCode;
}

/** Removes everything that the program made, in the right order; the hardware stays on. */
export async function destroy(lab: Lab, extra: readonly string[]): Promise<number> {
    const engine = await runningEngine(lab);
    const release = takeLock(lab.paths, "destroy");
    const ignored = () => undefined;
    process.on("SIGINT", ignored);
    try {
        return (await engine.run(["destroy", "--yes", "--skip-preview", "--stack", STACK, ...extra])).exitCode;
    } finally {
        process.off("SIGINT", ignored);
        release();
    }
}

async function runningEngine(lab: Lab) {
    if (!exists(lab.paths) || !(await daemonStatus(lab.paths))) throw new Error("the lab is not up; run `make up`");
    writeProject(lab.paths, lab.settings);
    return new Engine(lab.paths);
}
