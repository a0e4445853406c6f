import { KubeUnreachableError } from "../../../kube/client";
import { pause } from "../../../pause";
import type { Cluster } from "../cluster";

/** What is watched: a collection, narrowed down by selectors. */
export interface Watched {
    readonly path: string;
    readonly query?: Readonly<Record<string, string>>;
}

/** Looks again after this long even when nothing was reported: a lost watch must not lose an object. */
const safetyTickMs = 5_000;
/** Reports that come in a burst are taken together. */
const settleMs = 50;
const reopenMs = 1_000;

/**
 * Waits until `look` gives something, looking again whenever one of the watched collections changes.
 * @returns what `look` gave, or `undefined` when the time is up or the signal aborted.
 */
export async function untilChanged<T>(
    cluster: Cluster,
    watched: readonly Watched[],
    look: () => Promise<T | undefined>,
    budgetMs: number,
    signal: AbortSignal,
): Promise<T | undefined> {
    const end = new AbortController();
    const stop = AbortSignal.any([signal, end.signal, AbortSignal.timeout(budgetMs)]);
    let wake: () => void = () => undefined;
    for (const one of watched) void follow(cluster, one, stop, () => wake());
    try {
        for (;;) {
            const changed = new Promise<void>((done) => (wake = done));
            const result = await look().catch((error: unknown) => {
                // An API server that is away for a moment is no answer.
                if (!stop.aborted && !(error instanceof KubeUnreachableError)) throw error;
                return undefined;
            });
            if (result !== undefined || stop.aborted) return result;
            await Promise.race([changed, pause(safetyTickMs, stop)]);
            await pause(settleMs, stop);
        }
    } finally {
        end.abort();
    }
}

/** Makes a watch begin with a report even when nothing matches: what changed before it opened is then seen. */
const reportStart = { sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan" } as const;

async function follow(
    cluster: Cluster,
    { path, query }: Watched,
    stop: AbortSignal,
    report: () => void,
): Promise<void> {
    while (!stop.aborted) {
        try {
            const events = cluster.watch(path, stop, { ...query, ...reportStart });
            while (!(await events.next()).done) report();
        } catch {
            // The API server may be restarting; the safety tick goes on meanwhile.
        }
        await pause(reopenMs, stop);
    }
}
