import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Keeps the engine from writing its automatic log. That log has every property of every resource in it, once for each
 * time that it is sent to a plugin, and takes more processor time than everything else that the engine does in a preview.
 * There is no setting for it; where its folder cannot be made the engine goes on without.
 * @param pulumiHome the lab's own `PULUMI_HOME`; a log that is there already is removed
 */
export async function withoutEngineLog(pulumiHome: string): Promise<void> {
    const logs = join(pulumiHome, "logs");
    const found = await stat(logs).catch(() => undefined);
    if (found?.isFile()) return;
    await rm(logs, { recursive: true, force: true });
    await mkdir(pulumiHome, { recursive: true });
    await writeFile(logs, "In place of the folder for the engine's automatic log, see lab/engine-log.ts.\n");
}
