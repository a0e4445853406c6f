/** A mapping as YAML, JSON and the engine have it: no list, not null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value below mappings at a path of keys joined by dots; `undefined` where a step is missing. */
export function valueAt(value: unknown, path: string): unknown {
    return path.split(".").reduce((here, key) => (isRecord(here) ? here[key] : undefined), value);
}

/** A value from outside as text: a text as it is, nothing as an empty one, all else as JSON would write it. */
export function textOf(value: unknown): string {
    if (value === undefined || value === null) return "";
    return typeof value === "string" ? value : JSON.stringify(value);
}
