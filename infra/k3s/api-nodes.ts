import { ApiError, ask, itemsOf, record } from "../kube-api";
import type { ApiAccess } from "../kubeconfig";

/** A node as the API server shows it, reduced to what the gate asks for. */
export interface ObservedNode {
    readonly name: string;
    readonly ready: boolean;
    /** Kubernetes' own words on why it is not ready. */
    readonly message: string;
    readonly labels: Readonly<Record<string, string>>;
}

/**
 * Lists the nodes, once.
 * @param timeoutMs for the whole exchange
 * @throws ApiError when there is no answer within that time, or no good one
 */
export async function listNodes(access: ApiAccess, timeoutMs: number): Promise<ObservedNode[]> {
    return (await list(access, "/api/v1/nodes", timeoutMs)).map(observed);
}

/**
 * When the lease of each node was renewed last, by the node's name, as the node's own clock has it.
 * @param timeoutMs for the whole exchange
 * @throws ApiError when there is no answer within that time, or no good one
 */
export async function listLeases(access: ApiAccess, timeoutMs: number): Promise<ReadonlyMap<string, string>> {
    const path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
    const leases = (await list(access, path, timeoutMs)).map(record);
    return new Map(
        leases.map(({ metadata, spec }) => [text(record(metadata)["name"]), text(record(spec)["renewTime"])]),
    );
}

async function list(access: ApiAccess, path: string, timeoutMs: number): Promise<readonly unknown[]> {
    const { status, body } = await ask(access, path, timeoutMs);
    if (status === 401 || status === 403) {
        throw new ApiError(`it refuses our ${access.credentials.kind} (HTTP ${status})`, "hopeless");
    }
    if (status !== 200) {
        throw new ApiError(`it answers HTTP ${status}`, "away");
    }
    return itemsOf(body);
}

function observed(item: unknown): ObservedNode {
    const metadata = record(record(item)["metadata"]);
    const conditions = record(record(item)["status"])["conditions"];
    const ready = (Array.isArray(conditions) ? conditions : []).map(record).find(({ type }) => type === "Ready");
    const words = [ready?.["reason"], ready?.["message"]].filter((word) => typeof word === "string");
    return {
        name: text(metadata["name"]),
        ready: ready?.["status"] === "True",
        message: words.join(": ") || "its kubelet has reported nothing yet",
        labels: Object.fromEntries(Object.entries(record(metadata["labels"] ?? {})).map(([k, v]) => [k, text(v)])),
    };
}

function text(value: unknown): string {
    return typeof value === "string" ? value : "";
}
