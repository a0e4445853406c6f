import { isValues, SECRET_MARK } from "../mask/plain-values";
import { shortened } from "./harmless";
import type { ResourceChange } from "./preview";

/** How much of one value and of one resource is worth reading here; the rest is in the run's own output. */
const LONGEST_VALUE = 300;
const MOST_LINES = 60;

/** Every text, number and empty thing in a value, by its path. */
function leaves(value: unknown, path: string, found: Map<string, string>): Map<string, string> {
    const inside = Array.isArray(value)
        ? value.map((item, index): [string, unknown] => [`${path}[${index}]`, item])
        : isValues(value)
          ? Object.entries(value).map(([key, item]): [string, unknown] => [path === "" ? key : `${path}.${key}`, item])
          : [];
    if (inside.length === 0 && path !== "") {
        found.set(path, typeof value === "string" ? value : JSON.stringify(value));
    }
    for (const [own, item] of inside) leaves(item, own, found);
    return found;
}

/**
 * What changes of a resource, as lines of a diff: `-` before, `+` after, `!` where this is why it is replaced. The
 * resource is masked already.
 */
export function propertyDiff({ change, before, after, properties }: ResourceChange): string[] {
    const old = change === "create" ? new Map<string, string>() : leaves(before?.inputs ?? {}, "", new Map());
    const next = leaves(after?.inputs ?? {}, "", new Map());
    const forces = (path: string) => properties.some((own) => own.forces && covers(own.path, path));
    const paths = [...new Set([...old.keys(), ...next.keys()])].filter((path) => old.get(path) !== next.get(path));
    const lines = paths.flatMap((path) => lineDiff(path, old.get(path), next.get(path), forces(path)));
    // What the provider names and the inputs do not show: a secret that changes, or a value that drifted.
    const unseen = properties.filter(({ path }) => !paths.some((own) => covers(path, own) || covers(own, path)));
    if (before && after && change !== "create") {
        lines.push(...unseen.flatMap(({ path, forces: own }) => driftLines(before.outputs, after.inputs, path, own)));
    }
    if (before?.protect === true && after?.protect === false) {
        lines.unshift("- protect: true", "+ protect: false");
    }
    const left = lines.length - MOST_LINES;
    return left > 0 ? [...lines.slice(0, MOST_LINES), `# and ${left} more lines of this resource`] : lines;
}

function covers(outer: string, inner: string): boolean {
    return inner === outer || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);
}

function lineDiff(path: string, before: string | undefined, after: string | undefined, forces: boolean): string[] {
    const why = forces ? ["! forces the replacement:"] : [];
    if (before === undefined) return [...why, `+ ${path}: ${worded(after ?? "")}`];
    if (after === undefined) return [...why, `- ${path}: ${worded(before)}`];
    if (!before.includes("\n") || !after.includes("\n")) {
        return [...why, `- ${path}: ${worded(before)}`, `+ ${path}: ${worded(after)}`];
    }
    return [...why, `# ${path}:`, ...changedLines(before.split("\n"), after.split("\n"))];
}

/** Of two long texts, the lines between the first and the last difference. */
function changedLines(before: readonly string[], after: readonly string[]): string[] {
    const shorter = Math.min(before.length, after.length);
    let start = 0;
    while (start < shorter && before[start] === after[start]) start++;
    let end = 0;
    while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
    return [
        ...before.slice(start, before.length - end).map((line) => `-   ${worded(line)}`),
        ...after.slice(start, after.length - end).map((line) => `+   ${worded(line)}`),
    ];
}

function driftLines(outputs: unknown, inputs: unknown, path: string, forces: boolean): string[] {
    const before = leaves(outputs, "", new Map()).get(path) ?? SECRET_MARK;
    const after = leaves(inputs, "", new Map()).get(path) ?? SECRET_MARK;
    const why = forces ? ["! forces the replacement:"] : [];
    if (before === after)
        return [...why, `# ${path}: ${before === SECRET_MARK ? "changes, and is not shown" : "changes"}`];
    return [...why, `- ${path}: ${worded(before)}`, `+ ${path}: ${worded(after)}`];
}

function worded(text: string): string {
    return shortened(text, LONGEST_VALUE);
}
