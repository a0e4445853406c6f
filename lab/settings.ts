import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabPaths } from "./paths";
import { valueAt } from "./plain-values";

/** What distinguishes this lab from another on the same machine. */
export interface LabSettings {
    /** Second number of all the lab's addresses: `127.<slot>.x.y`. */
    readonly slot: number;
    /**
     * Seconds without a heartbeat until Kubernetes counts a node as lost; its own 50 where `undefined`. Short for
     * demonstrations and tests of failures; taken when the lab starts.
     */
    readonly nodeGraceSeconds: number | undefined;
}

const MAX_SLOT = 255;
/** A heartbeat comes four times in this span; a busy machine would miss those of a shorter one. */
const MIN_GRACE_SECONDS = 4;

/**
 * Settings of this lab: what the environment says (`LAB_SLOT`, `LAB_NODE_GRACE_SECONDS`), else what the lab was started
 * with, else slot 0 and Kubernetes' own patience.
 * @throws Error for a slot that is no number from 0 to 255 or not that of the running lab, and for a grace period too short.
 */
export function labSettings(paths: LabPaths, env: NodeJS.ProcessEnv = process.env): LabSettings {
    const kept = readKept(paths);
    return {
        slot: askedSlot(env["LAB_SLOT"], kept.slot),
        nodeGraceSeconds: askedGrace(env["LAB_NODE_GRACE_SECONDS"]) ?? kept.nodeGraceSeconds,
    };
}

function askedGrace(asked: string | undefined): number | undefined {
    if (asked === undefined || asked === "") return undefined;
    const seconds = Number(asked);
    if (Number.isInteger(seconds) && seconds >= MIN_GRACE_SECONDS) return seconds;
    throw new Error(
        `LAB_NODE_GRACE_SECONDS: ${asked} is no grace period (a whole number of seconds from ${MIN_GRACE_SECONDS}); write for example LAB_NODE_GRACE_SECONDS=10`,
    );
}

function askedSlot(asked: string | undefined, kept: number | undefined): number {
    if (asked === undefined || asked === "") return kept ?? 0;
    const slot = Number(asked);
    if (!Number.isInteger(slot) || slot < 0 || slot > MAX_SLOT)
        throw new Error(
            `LAB_SLOT: ${asked} is no slot (a whole number from 0 to ${MAX_SLOT}); write for example LAB_SLOT=1`,
        );
    if (kept !== undefined && kept !== slot)
        throw new Error(
            `LAB_SLOT: ${slot}, but the lab of this checkout has slot ${kept} (a lab keeps its addresses); run \`make down\` first`,
        );
    return slot;
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

function readKept(paths: LabPaths): Partial<LabSettings> {
    try {
        const kept: unknown = JSON.parse(readFileSync(settingsFile(paths), "utf8"));
        const [slot, grace] = [valueAt(kept, "slot"), valueAt(kept, "nodeGraceSeconds")];
        return {
            ...(typeof slot === "number" && { slot }),
            ...(typeof grace === "number" && { nodeGraceSeconds: grace }),
        };
    } catch {
        return {};
    }
}
