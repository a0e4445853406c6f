import { createHash, randomBytes } from "node:crypto";

/** How a name that the program left open is made. */
export interface NamingRule {
    /** Number of random characters; the Kubernetes plugin uses 8, the AWS one 7. */
    readonly randomLength: number;
    /** Longest name allowed; the logical name is cut to fit. Default: no limit. */
    readonly maxLength?: number;
    /** Characters of the random part. Default: hexadecimal digits. */
    readonly alphabet?: string;
}

/**
 * `<logical name>-<random>`. The same seed and name give the same result, so check may be repeated; an empty seed
 * (an old engine) gives a new name each time. A resource that has a name already keeps it: ask the olds first.
 */
export function autoName(logicalName: string, seed: Uint8Array, rule: NamingRule): string {
    const alphabet = rule.alphabet ?? "0123456789abcdef";
    const source = seed.length > 0 ? seed : randomBytes(32);
    const digest = createHash("sha512").update(source).update(logicalName).digest();
    const suffix = [...digest.subarray(0, rule.randomLength)].map((byte) => alphabet[byte % alphabet.length]).join("");
    const room = (rule.maxLength ?? Number.POSITIVE_INFINITY) - suffix.length - 1;
    const base =
        logicalName.length > room ? logicalName.slice(0, Math.max(0, room)).replace(/[-.]+$/, "") : logicalName;
    return base === "" ? suffix : `${base}-${suffix}`;
}
