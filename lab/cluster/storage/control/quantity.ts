const FACTORS: Readonly<Record<string, number>> = {
    "": 1,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
    P: 1e15,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
    Pi: 2 ** 50,
};

/**
 * Bytes of a Kubernetes quantity, for example `20Gi`.
 * @throws Error where the text is none.
 */
export function bytesOf(quantity: string): number {
    const [, number, suffix = ""] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(quantity) ?? [];
    const factor = FACTORS[suffix];
    if (number === undefined || factor === undefined)
        throw new Error(`${quantity}: no size (a number with Ki, Mi, Gi, Ti, k, M, G or T); write for example 20Gi`);
    return Math.ceil(Number(number) * factor);
}

/** Bytes for a person to read, for example `22.4Gi`. */
export function gibibytes(bytes: number): string {
    return `${Number((bytes / 2 ** 30).toFixed(1))}Gi`;
}
