/**
 * Waits; ends early, without an error, when the signal aborts.
 * @param ms milliseconds.
 */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((done) => {
        if (signal?.aborted) return done();
        const end = () => {
            clearTimeout(timer);
            signal?.removeEventListener("abort", end);
            done();
        };
        const timer = setTimeout(end, ms);
        signal?.addEventListener("abort", end);
    });
}
