import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabPaths } from "./paths";

/** What distinguishes this lab from another on the same machine. */
export interface LabSettings {
    /** Second number of all the lab's addresses: `127.<slot>.x.y`. */
    readonly slot: number;
}

const MAX_SLOT = 255;

/**
 * Settings of this lab: what the environment says, else what the lab was started with, else slot 0.
 * @throws Error for a slot that is no number from 0 to 255, or other than that of the running lab.
 */
export function labSettings(paths: LabPaths, env: NodeJS.ProcessEnv = process.env): LabSettings {
    const kept = readKept(paths);
    const asked = env["LAB_SLOT"];
    if (asked === undefined || asked === "") return { slot: kept ?? 0 };
    const slot = Number(asked);
    if (!Number.isInteger(slot) || slot < 0 || slot > MAX_SLOT)
        throw new Error(
            `LAB_SLOT: ${asked} is no slot (a whole number from 0 to ${MAX_SLOT}); write for example LAB_SLOT=1`,
        );
    if (kept !== undefined && kept !== slot)
        throw new Error(
            `LAB_SLOT: ${slot}, but the lab of this checkout has slot ${kept} (a lab keeps its addresses); run \`make down\` first`,
        );
    return { slot };
}

/** Keeps the settings for the commands that follow. */
export function keepSettings(paths: LabPaths, settings: LabSettings): void {
    mkdirSync(paths.root, { recursive: true, mode: 0o700 });
    const file = settingsFile(paths);
    writeFileSync(`${file}.new`, JSON.stringify(settings));
    renameSync(`${file}.new`, file);
}

function settingsFile(paths: LabPaths): string {
    return join(paths.root, "lab.json");
}

function readKept(paths: LabPaths): number | undefined {
    try {
        const kept: unknown = JSON.parse(readFileSync(settingsFile(paths), "utf8"));
        return typeof kept === "object" && kept !== null && "slot" in kept ? Number(kept.slot) : undefined;
    } catch {
        return undefined;
    }
}
