import { pause } from "../pause";
import { reasonOf } from "../reason";
import type { KubeClient, KubeObject } from "./client";

export interface FollowOptions<T extends KubeObject> {
    readonly client: KubeClient;
    /** Path of the collection, for example `/api/v1/services`. */
    readonly path: string;
    readonly query?: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
    /** Called for every object at first, and for each change of one. */
    readonly changed: (object: T) => Promise<void> | void;
    readonly deleted: (object: T) => Promise<void> | void;
    readonly log: (line: string) => void;
}

const RETRY_MS = 1_000;

/**
 * Lists a collection and follows its changes until the signal aborts; starts over whenever the watch ends, and then
 * also tells of what was deleted meanwhile.
 */
export async function follow<T extends KubeObject>(options: FollowOptions<T>): Promise<void> {
    const { client, path, query, signal } = options;
    const known = new Map<string, T>();
    let told: string | undefined;
    const isOver = () => signal.aborted;
    while (!isOver()) {
        try {
            const list = await client.get<{ items: T[]; metadata: { resourceVersion: string } }>(path, {
                ...(query && { query }),
                signal,
            });
            told = undefined;
            const present = new Set(list.items.map(keyOf));
            for (const [key, object] of [...known]) if (!present.has(key)) await forget(key, object);
            for (const object of list.items) await note(object);
            for await (const event of client.watch<T>(path, list.metadata.resourceVersion, signal, query)) {
                if (event.type === "BOOKMARK") continue;
                if (event.type === "DELETED") await forget(keyOf(event.object), event.object);
                else await note(event.object);
            }
        } catch (error) {
            if (isOver()) return;
            const why = reasonOf(error);
            // A server that is away for an hour is one line, not thousands.
            if (why !== told) options.log(`${path}: ${why}`);
            told = why;
            await pause(RETRY_MS, signal);
        }
    }

    async function note(object: T): Promise<void> {
        known.set(keyOf(object), object);
        await options.changed(object);
    }

    async function forget(key: string, object: T): Promise<void> {
        known.delete(key);
        await options.deleted(object);
    }
}

function keyOf(object: KubeObject): string {
    return object.metadata.uid ?? `${object.metadata.namespace ?? ""}/${object.metadata.name ?? ""}`;
}
