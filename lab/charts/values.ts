import { isRecord, valueAt } from "../plain-values";

/** Leaves of a chart's default values: path and kind; below a `map` or `list` anything goes. */
export interface ChartKeys {
    readonly chart: string;
    readonly version: string;
    readonly appVersion: string;
    readonly keys: Readonly<Record<string, string>>;
}

/** Maps of Kubernetes itself, whose keys are the user's even where the chart's defaults hold some. */
const OPEN_MAPS = new Set([
    "nodeSelector",
    "node_selector",
    "affinity",
    "annotations",
    "labels",
    "podLabels",
    "podAnnotations",
    "resources",
]);

/**
 * Refuses values at paths that the chart does not know: Helm would drop them in silence.
 * @throws Error naming every such path.
 */
export function checkValues(chart: ChartKeys, values: Readonly<Record<string, unknown>>): void {
    const unknown = leaves(values, "").filter((path) => !isKnown(chart.keys, path));
    if (unknown.length > 0)
        throw new Error(
            `${unknown.join(", ")}: no such value in chart ${chart.chart} ${chart.version} (Helm would drop it in silence)`,
        );
}

/** A map of texts at a path over the chart's own, without the entries that were taken away by `null`. */
export function textsAt(
    values: Readonly<Record<string, unknown>>,
    path: string,
    defaults: Readonly<Record<string, string>> = {},
): Record<string, string> {
    const value = valueAt(values, path);
    return Object.fromEntries(
        Object.entries({ ...defaults, ...(isRecord(value) ? value : {}) }).flatMap(([key, text]) =>
            typeof text === "string" ? [[key, text]] : [],
        ),
    );
}

function isKnown(keys: Readonly<Record<string, string>>, path: string): boolean {
    if (keys[path] !== undefined) return true;
    const parts = path.split(/(?<!\\)\./);
    return parts.some((part, index) => {
        const above = parts.slice(0, index + 1).join(".");
        const open = keys[above] === "map" || keys[above] === "list" || OPEN_MAPS.has(part);
        return open && (keys[above] !== undefined || Object.keys(keys).some((key) => key.startsWith(`${above}.`)));
    });
}

function leaves(value: unknown, path: string): string[] {
    if (!isRecord(value) || Object.keys(value).length === 0) return path === "" ? [] : [path];
    return Object.entries(value).flatMap(([key, below]) =>
        leaves(below, path === "" ? escape(key) : `${path}.${escape(key)}`),
    );
}

function escape(key: string): string {
    return key.replaceAll(".", "\\.");
}
