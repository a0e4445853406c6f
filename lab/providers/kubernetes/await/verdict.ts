import { isTree, type KubeValue, listAt, type Tree } from "../object";

/** How far an object is. `failed` never becomes ready without a change of the object. */
export type Verdict = { readonly state: "ready" } | { readonly state: "waiting" | "failed"; readonly message: string };

/** Objects around the one that is waited for. */
export interface Surroundings {
    list(
        apiVersion: string,
        kind: string,
        namespace: string | undefined,
        query?: Record<string, string>,
    ): Promise<Tree[]>;
    find(apiVersion: string, kind: string, namespace: string | undefined, name: string): Promise<Tree | undefined>;
    /** The last lines that a container printed, or the one that ran before it; `undefined` where they cannot be read. */
    log(
        namespace: string,
        pod: string,
        container: string,
        options: { readonly previous: boolean; readonly lines: number },
    ): Promise<string | undefined>;
}

/** Nothing is left to wait for. */
export const ready: Verdict = { state: "ready" };

/** @param message what is still missing, shown while it is waited for and when the time is up. */
export function waiting(message: string): Verdict {
    return { state: "waiting", message };
}

/** The condition of this type in an object's status. */
export function conditionOf(object: KubeValue | undefined, type: string): Tree | undefined {
    return listAt(object, "status", "conditions")
        .filter(isTree)
        .find((one) => one["type"] === type);
}
