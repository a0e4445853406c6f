import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { operators, type Operator } from "./operators";
import type { LabPaths } from "./paths";
import { valueAt } from "./plain-values";

/** What a machine is made of: containers in namespaces of its own, or a node that only reports. */
export type BodyKind = "real" | "simulated";
const nodeSettings = ["real", "simulated", "auto"] as const;
const imageSettings = ["build", "pull"] as const;

/** What distinguishes this lab from another on the same machine. */
export interface LabSettings {
    /** Second number of all the lab's addresses: `127.<slot>.x.y`. */
    readonly slot: number;
    /**
     * Seconds without a heartbeat until Kubernetes counts a node as lost; its own 50 where `undefined`. Short for
     * demonstrations and tests of failures; taken when the lab starts.
     */
    readonly nodeGraceSeconds: number | undefined;
    /** What machines are made of; `auto` takes real ones wherever the machine that runs the lab permits them. */
    readonly nodes: BodyKind | "auto";
    /** Whether the images of real machines are built from packages here, or pulled from their vendors' registries. */
    readonly images: (typeof imageSettings)[number];
    /**
     * Operators that the machines are ready for, beside those of the house. One that a house gets later needs machines with
     * other images, so all of them would be switched off and on.
     */
    readonly operators: readonly Operator[];
}

const MAX_SLOT = 255;
/** A heartbeat comes four times in this span; a busy machine would miss those of a shorter one. */
const MIN_GRACE_SECONDS = 4;

/**
 * Settings of this lab: what the environment says (`LAB_SLOT`, `LAB_NODE_GRACE_SECONDS`, `LAB_NODES`, `LAB_IMAGES`,
 * `LAB_OPERATORS`), else what the lab was started with, else slot 0, Kubernetes' own patience, `auto`, `build` and none.
 * @throws Error for a slot that is no number from 0 to 255, for a grace period too short, for a word that is none of the
 * setting's, and for a slot or nodes that are not those of the running lab.
 */
export function labSettings(paths: LabPaths, env: NodeJS.ProcessEnv = process.env): LabSettings {
    const kept = readKept(paths);
    return {
        slot: askedSlot(env["LAB_SLOT"], kept.slot),
        nodeGraceSeconds: askedGrace(env["LAB_NODE_GRACE_SECONDS"]) ?? kept.nodeGraceSeconds,
        nodes: askedNodes(env["LAB_NODES"], kept.nodes),
        images: askedWord("LAB_IMAGES", env["LAB_IMAGES"], imageSettings) ?? kept.images ?? "build",
        operators: askedOperators(env["LAB_OPERATORS"]) ?? kept.operators ?? [],
    };
}

function askedOperators(asked: string | undefined): Operator[] | undefined {
    if (asked === undefined || asked === "") return undefined;
    return asked.split(",").flatMap((word) => askedWord("LAB_OPERATORS", word.trim(), operators) ?? []);
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

function askedNodes(asked: string | undefined, kept: LabSettings["nodes"] | undefined): LabSettings["nodes"] {
    const nodes = askedWord("LAB_NODES", asked, nodeSettings);
    // "auto" agrees with whatever was decided when the lab started.
    if (nodes === "auto" && kept !== undefined) return kept;
    if (nodes !== undefined && kept !== undefined && nodes !== kept)
        throw new Error(
            `LAB_NODES: ${nodes}, but the lab of this checkout was started with ${kept} (its machines stay what they are); run \`make down\` first`,
        );
    return nodes ?? kept ?? "auto";
}

function askedWord<Word extends string>(
    name: string,
    asked: string | undefined,
    words: readonly Word[],
): Word | undefined {
    if (asked === undefined || asked === "") return undefined;
    const word = words.find((one) => one === asked);
    if (word !== undefined) return word;
    throw new Error(`${name}: ${asked} is none of ${words.join(", ")}; write for example ${name}=${words[0] ?? ""}`);
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
        const nodes = nodeSettings.find((word) => word === valueAt(kept, "nodes"));
        const images = imageSettings.find((word) => word === valueAt(kept, "images"));
        const ready = valueAt(kept, "operators");
        return {
            ...(Array.isArray(ready) && { operators: operators.filter((one) => ready.includes(one)) }),
            ...(nodes && { nodes }),
            ...(images && { images }),
            ...(typeof slot === "number" && { slot }),
            ...(typeof grace === "number" && { nodeGraceSeconds: grace }),
        };
    } catch {
        return {};
    }
}
