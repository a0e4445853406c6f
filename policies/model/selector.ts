import type { Field } from "./field";

export type Labels = Readonly<Record<string, string>>;

/**
 * A label selector as plain labels; an `In` with one value says the same as a label.
 * @returns undefined where nothing is written, or where an expression cannot be said as labels. Throws `NotKnown`.
 */
export function selectorLabels(selector: Field): Labels | undefined {
    if (!selector.exists()) return undefined;
    const labels: Record<string, string> = { ...selector.at("matchLabels").texts() };
    for (const expression of selector.at("matchExpressions").items()) {
        const key = expression.at("key").text();
        const values = expression.at("values").items();
        const value = values[0]?.text();
        if (expression.at("operator").text() !== "In" || values.length !== 1) return undefined;
        if (key === undefined || value === undefined) return undefined;
        labels[key] = value;
    }
    return labels;
}

export function sameLabels(a: Labels, b: Labels): boolean {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** For messages: `{ app.kubernetes.io/name: jellyfin, app.kubernetes.io/component: web }`. */
export function showLabels(labels: Labels): string {
    const pairs = Object.entries(labels).map(([key, value]) => `${key}: ${value}`);
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
}
