import type { Field } from "./field";

/** A Kubernetes quantity: `250m`, `1.5`, `512Mi`, `1e3`. */
export interface Quantity {
    /** In the unit itself: cores, bytes, pieces. */
    readonly amount: number;
    /** As somebody wrote it. */
    readonly written: string;
}

const factors: Readonly<Record<string, number>> = {
    n: 1e-9,
    u: 1e-6,
    m: 1e-3,
    "": 1,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
    P: 1e15,
    E: 1e18,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
    Pi: 2 ** 50,
    Ei: 2 ** 60,
};

/** @returns undefined where nothing is written, or no quantity, which the API server refuses. Throws `NotKnown`. */
export function quantity(field: Field): Quantity | undefined {
    const number = field.number();
    const written = number === undefined ? field.text() : String(number);
    const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([numkMGTPE]?|[KMGTPE]i)$/.exec(written ?? "");
    const factor = factors[match?.[2] ?? "none"];
    if (written === undefined || factor === undefined) return undefined;
    return { amount: Number(match?.[1]) * factor, written };
}
