import { type PathSegment, coversPath, formatPath, parsePath } from "./property-path";
import { type Diff, type DiffKind, type Properties, Unknown, type Value } from "./provider";
import { isProperties } from "./values";

export interface DiffOptions {
    /** Property paths in the engine's syntax; changes at or below them are not reported. Default: none. */
    readonly ignoreChanges?: readonly string[];
    /** Property paths (with `*` for any step) whose change replaces the resource, or a decision of its own. Default: none. */
    readonly replaceOn?: readonly string[] | ((path: readonly PathSegment[]) => boolean);
    /** Whether the paths are of inputs (default) or of outputs; the engine shows old and new values accordingly. */
    readonly inputDiff?: boolean;
}

/**
 * Compares two property trees leaf by leaf. A missing property and `null` are the same; an added or removed object is
 * one change at its own path; a value that is not known yet counts as changed.
 */
export function diffProperties(olds: Properties, news: Properties, options: DiffOptions = {}): Diff["detailed"] {
    const ignored = (options.ignoreChanges ?? []).map(parsePath);
    const replaces = replacementRule(options.replaceOn ?? []);
    const detailed = new Map<string, { kind: DiffKind; inputDiff: boolean }>();
    for (const change of changes(olds, news, [])) {
        if (!ignored.some((pattern) => coversPath(pattern, change.path))) {
            const kind: DiffKind = replaces(change.path) ? `${change.kind}-replace` : change.kind;
            detailed.set(formatPath(change.path), { kind, inputDiff: options.inputDiff ?? true });
        }
    }
    return detailed;
}

/** Whether a diff asks for a new resource in place of the old one. */
export function isReplacement(detailed: Diff["detailed"]): boolean {
    return [...detailed.values()].some((change) => change.kind.endsWith("-replace"));
}

/** Whether two values are equal; a property that is `null` equals one that is missing. */
export function sameValue(left: Value | undefined, right: Value | undefined): boolean {
    return changes(left ?? null, right ?? null, []).next().done === true;
}

function replacementRule(replaceOn: NonNullable<DiffOptions["replaceOn"]>): (path: readonly PathSegment[]) => boolean {
    if (typeof replaceOn === "function") {
        return replaceOn;
    }
    const patterns = replaceOn.map(parsePath);
    // A change above a replacing path (its whole parent added or removed) changes that path too.
    return (path) => patterns.some((pattern) => coversPath(pattern, path) || coversPath(path, pattern));
}

interface Change {
    readonly path: readonly PathSegment[];
    readonly kind: "add" | "delete" | "update";
}

function* changes(left: Value, right: Value, path: readonly PathSegment[]): Generator<Change> {
    if (left === right && !(left instanceof Unknown)) {
        return;
    }
    if (Array.isArray(left) && Array.isArray(right)) {
        for (let index = 0; index < Math.max(left.length, right.length); index++) {
            yield* changes(left[index] ?? null, right[index] ?? null, [...path, index]);
        }
    } else if (isProperties(left) && isProperties(right)) {
        for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
            yield* changes(left[key] ?? null, right[key] ?? null, [...path, key]);
        }
    } else {
        yield { path, kind: left === null ? "add" : right === null ? "delete" : "update" };
    }
}
