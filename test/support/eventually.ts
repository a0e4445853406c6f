import { pause } from "../../lab/pause";

/** Longest wait, milliseconds: not a measure of anything, only the end of a test that would hang. */
const PATIENCE_MS = 60_000;
const BETWEEN_MS = 25;

/**
 * Asks again and again until the answer is one: neither `undefined` nor `false`, and no error.
 * @param what completes "gave up waiting until ...".
 * @throws Error with what was seen last when that takes too long.
 */
export async function eventually<T>(
    what: string,
    probe: () => Promise<T | undefined> | T | undefined,
    patienceMs = PATIENCE_MS,
): Promise<T> {
    let last: unknown;
    const end = Date.now() + patienceMs;
    while (Date.now() < end) {
        try {
            const answer = await probe();
            if (answer !== undefined && answer !== false) return answer;
            last = answer;
        } catch (error) {
            last = error;
        }
        await pause(BETWEEN_MS);
    }
    throw new Error(`gave up waiting until ${what}; last: ${String(last)}`);
}
