/** What a chart's value is, where it has a default. `map` and `list`: empty by default, and open below. */
export type ValueKind = "string" | "number" | "boolean" | "null" | "map" | "list";

/** The values that one version of a chart knows. */
export interface ChartKeys {
    readonly chart: string;
    readonly version: string;
    readonly appVersion: string;
    /** Where the chart comes from; empty for an archive that nobody named. */
    readonly repository: string;
    /** Kind by path; a dot in a name is escaped (`kubernetes\.io/os`). */
    readonly keys: Readonly<Record<string, ValueKind>>;
    /** Names that occur in commented examples only: right values, whose place must be read in the chart. */
    readonly namesSeenInComments: readonly string[];
}

/** The files of a chart that tell its values. */
export interface ChartFiles {
    /** `Chart.yaml`, parsed. */
    readonly about: unknown;
    /** `values.yaml`, parsed, and as text: examples are comments. */
    readonly values: unknown;
    readonly valuesText: string;
    /** `values.schema.json`, parsed; most charts have none. */
    readonly schema?: unknown;
    readonly repository: string;
}

/** @throws Error for a `Chart.yaml` without name and version */
export function chartKeys({ about, values, valuesText, schema, repository }: ChartFiles): ChartKeys {
    const { name, version, appVersion } = record(about);
    if (typeof name !== "string" || typeof version !== "string") {
        throw new Error("Chart.yaml: has no name or no version; give the archive of a Helm chart");
    }
    const ofValues = leaves(values, "");
    // What has no default is told by the schema alone; of what has one, the default says more.
    const ofSchema = schemaLeaves(schema, "").filter(([path]) => !covered(ofValues, path));
    const keys = Object.fromEntries([...ofValues, ...ofSchema]);
    const parts = new Set(Object.keys(keys).flatMap((path) => path.split(/(?<!\\)\./)));
    const seen = [...valuesText.matchAll(/^\s*#[#\s-]*([A-Za-z][\w-]*):(?=\s|$)/gm)].map(([, word = ""]) => word);
    return {
        chart: name,
        version,
        appVersion: typeof appVersion === "string" || typeof appVersion === "number" ? String(appVersion) : "",
        repository,
        keys,
        namesSeenInComments: [...new Set(seen)].filter((word) => !parts.has(word)).sort(),
    };
}

type Leaf = readonly [path: string, kind: ValueKind];

function leaves(value: unknown, path: string): Leaf[] {
    const entries = Object.entries(record(value));
    if (!isRecord(value) || entries.length === 0) return path === "" ? [] : [[path, kindOf(value)]];
    return entries.flatMap(([key, below]) => leaves(below, joined(path, key)));
}

function kindOf(value: unknown): ValueKind {
    if (Array.isArray(value)) return "list";
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
        return typeof value as ValueKind & ("string" | "number" | "boolean");
    }
    return isRecord(value) ? "map" : "null";
}

function schemaLeaves(schema: unknown, path: string): Leaf[] {
    const { properties, type } = record(schema);
    if (isRecord(properties) && Object.keys(properties).length > 0) {
        return Object.entries(properties).flatMap(([key, below]) => schemaLeaves(below, joined(path, key)));
    }
    return path === "" ? [] : [[path, schemaKind(type)]];
}

/** A schema may allow several types; `null` beside another one only means that it can be left out. */
function schemaKind(type: unknown): ValueKind {
    const types: readonly unknown[] = Array.isArray(type) ? type : [type];
    switch (types.find((one) => one !== "null")) {
        case "string":
            return "string";
        case "boolean":
            return "boolean";
        case "integer":
        case "number":
            return "number";
        case "array":
            return "list";
        case "object":
            return "map";
        default:
            return "null";
    }
}

/** Whether a default says the same, more, or that anything goes there. */
function covered(known: readonly Leaf[], path: string): boolean {
    return known.some(([own]) => own === path || own.startsWith(`${path}.`) || path.startsWith(`${own}.`));
}

function joined(path: string, key: string): string {
    const escaped = key.replaceAll(".", "\\.");
    return path === "" ? escaped : `${path}.${escaped}`;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
    return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
