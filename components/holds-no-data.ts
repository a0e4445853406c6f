/** Marks what looks as if it held data and does not: the policies let it go, with the reason beside it. */
const HOLDS_NO_DATA = "homelab/holds-no-data";

/** Annotation of such an object. @param reason why nobody misses what is in it */
export function holdsNoData(reason: string): Readonly<Record<string, string>> {
    return { [HOLDS_NO_DATA]: reason };
}
