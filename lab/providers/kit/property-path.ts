/** One step of a property path: a key of an object or an index of a list. */
export type PathSegment = string | number;

const plainKey = /^[A-Za-z0-9_]+$/;

/** Writes a path the way the engine does: `a.b[0].c`, keys with other characters as `["app.kubernetes.io/name"]`. */
export function formatPath(segments: readonly PathSegment[]): string {
    return segments
        .map((segment, index) => {
            if (typeof segment === "number") {
                return `[${segment}]`;
            }
            if (plainKey.test(segment)) {
                return index === 0 ? segment : `.${segment}`;
            }
            return `["${segment.replaceAll('"', '\\"')}"]`;
        })
        .join("");
}

/**
 * Reads a path in the engine's syntax; `*` and `[*]` give the segment `"*"`, which stands for any one step.
 * Text that is no path gives what was read so far, so a strange `ignoreChanges` entry ignores too much rather than failing.
 */
export function parsePath(path: string): PathSegment[] {
    const token = /\.?([^.[\]"]+)|\[(\d+)\]|\[\*\]|\["((?:[^"\\]|\\.)*)"\]/gy;
    const segments: PathSegment[] = [];
    for (let match = token.exec(path); match !== null; match = token.exec(path)) {
        const [, key, index, quoted] = match;
        if (key !== undefined) {
            segments.push(key);
        } else if (index !== undefined) {
            segments.push(Number(index));
        } else {
            segments.push(quoted === undefined ? "*" : quoted.replaceAll('\\"', '"'));
        }
    }
    return segments;
}

/** Whether `pattern` names `path` itself or something that contains it. */
export function coversPath(pattern: readonly PathSegment[], path: readonly PathSegment[]): boolean {
    return (
        pattern.length > 0 &&
        pattern.length <= path.length &&
        pattern.every((segment, index) => segment === "*" || segment === path[index])
    );
}
