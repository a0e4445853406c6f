/** Longest wait, milliseconds: not a measure of anything, only the end of a test that would hang. */
const patienceMs = 15_000;

/** Waits until a condition holds. @param what completes "gave up waiting until ...". */
export async function eventually(what: string, condition: () => boolean): Promise<void> {
    const end = Date.now() + patienceMs;
    while (!condition()) {
        if (Date.now() > end) {
            throw new Error(`gave up waiting until ${what}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
}
