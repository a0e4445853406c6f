import type { Preview } from "./preview";

/** How a preview ended: `refused` by a policy, `failed` for another reason, `absent` when there is none at all. */
export type Outcome = "good" | "refused" | "failed" | "ended early" | "absent";

/** What the engine says at the end of every run that failed; it names no reason. */
const saysNothing = /^(preview|update) failed$/;

/**
 * @param exitCode of the CLI; `undefined` when it was never started or nobody kept it
 */
export function outcomeOf(preview: Preview, exitCode: number | undefined): Outcome {
    if (preview.completeness === "none") return exitCode === undefined ? "absent" : "failed";
    const errors = reasons(preview);
    const failed = exitCode === undefined ? errors.length > 0 : exitCode !== 0;
    const refused = preview.findings.some(({ level }) => level === "mandatory");
    if (preview.completeness === "cut" && errors.length === 0) return "ended early";
    if (refused && errors.length === 0) return "refused";
    return failed ? "failed" : "good";
}

/** Errors that say why. */
export function reasons({ diagnostics }: Preview) {
    return diagnostics.filter(({ severity, message }) => severity === "error" && !saysNothing.test(message));
}

const words: readonly (readonly [op: string, word: string])[] = [
    ["create", "to create"],
    ["import", "to import"],
    ["update", "to update"],
    ["replace", "to replace"],
    ["delete", "to delete"],
    ["read", "to read"],
    ["same", "unchanged"],
];

/** `3 to create, 1 to replace`, as the engine counts, or from the steps where it did not get to count. */
export function countWords({ counts, changes }: Preview): string {
    const own: Record<string, number> = {};
    for (const { change } of changes) own[change] = (own[change] ?? 0) + 1;
    // A replacement is one change; the engine counts its steps, too.
    const counted =
        counts === undefined ? own : { ...counts, replace: Math.max(counts["replace"] ?? 0, own["replace"] ?? 0) };
    const parts = words.flatMap(([op, word]) => ((counted[op] ?? 0) > 0 ? [`${counted[op] ?? 0} ${word}`] : []));
    return parts.length === 0 ? "nothing to do" : parts.join(", ");
}

/** The first line of the comment, after the environment's name. */
export function headline(preview: Preview, outcome: Outcome): string {
    const policies = new Set(preview.findings.filter(({ level }) => level === "mandatory").map(({ policy }) => policy))
        .size;
    switch (outcome) {
        case "good":
            return countWords(preview);
        case "refused":
            return `**refused by ${policies} ${policies === 1 ? "policy" : "policies"}**; ${countWords(preview)}`;
        case "failed":
            return `**failed**${preview.completeness === "none" ? "" : `; until then ${countWords(preview)}`}`;
        case "ended early":
            return `**ended early, without a result**; until then ${countWords(preview)}`;
        case "absent":
            return "**did not run**";
    }
}
