/** What a chart's default values know: each leaf's path and kind; below an empty `map` or `list` anything goes. */
export interface ChartKeys {
    readonly chart: string;
    readonly version: string;
    readonly appVersion: string;
    readonly keys: Readonly<Record<string, string>>;
}

/**
 * The keys of a chart, of its `Chart.yaml` and `values.yaml` as YAML has them; pure.
 * @throws Error for what is no chart.
 */
export function keysOf(chart: unknown, values: unknown): ChartKeys {
    const { name, version, appVersion } = isMap(chart) ? chart : {};
    if (typeof name !== "string" || typeof version !== "string") throw new Error("Chart.yaml has no name or version");
    if (!isMap(values)) throw new Error("values.yaml is no mapping");
    return {
        chart: name,
        version,
        appVersion: typeof appVersion === "string" ? appVersion : "",
        keys: Object.fromEntries(leaves(values, "")),
    };
}

function leaves(value: unknown, path: string): [string, string][] {
    if (!isMap(value) || Object.keys(value).length === 0) return [[path, kindOf(value)]];
    return Object.entries(value).flatMap(([key, below]) => {
        const step = key.replaceAll(".", "\\.");
        return leaves(below, path === "" ? step : `${path}.${step}`);
    });
}

function kindOf(value: unknown): string {
    if (value === null || value === undefined) return "null";
    if (Array.isArray(value)) return "list";
    return isMap(value) ? "map" : typeof value;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
