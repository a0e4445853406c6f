import { setTimeout } from "node:timers/promises";

/**
 * How long the stand-in takes where the real server works: short, because whoever waits only needs to see that there is
 * a time between "started" and "ready". Milliseconds.
 */
export const MODELLED_MS = {
    /** Looking through the migrations, on every start; applying them comes on top. */
    migration: 600,
    /** Between the set-up server and the real one: nothing listens. */
    handOver: 150,
    /** From the listening server to one that answers more than a ping. */
    coreStart: 500,
} as const;

export function spend(what: keyof typeof MODELLED_MS): Promise<void> {
    return setTimeout(MODELLED_MS[what]);
}
