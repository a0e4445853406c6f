import type { ApiAccess } from "../kubeconfig";
import { listLeases, type ObservedNode } from "./api-nodes";

/**
 * Tells a machine that was just made from the one before it. A node counts as ready until its machine was silent for the
 * grace period, 50 s by default; the machine that took its place may be made in less, and may never boot. The kubelet renews the
 * node's lease every 10 s, and the one of a deleted machine does not, so a lease that moves after the first look is of the new one.
 */
export class Heartbeats {
    /** When the lease of each node was renewed at the first look; none of a node without one then. */
    private first: ReadonlyMap<string, string> | undefined;
    private readonly heard = new Set<string>();

    /** @param made nodes whose machines this update has made; of all others the condition is believed, and nothing more is asked */
    constructor(private readonly made: ReadonlySet<string>) {}

    /**
     * The nodes, with those not ready of whose machines nothing was heard yet.
     * @param timeoutMs for the whole exchange
     * @throws ApiError when there is no answer within that time, or no good one
     */
    async judge(
        access: ApiAccess,
        nodes: readonly ObservedNode[],
        timeoutMs: number,
    ): Promise<readonly ObservedNode[]> {
        if (this.made.size === 0) return nodes;
        const renewals = await listLeases(access, timeoutMs);
        this.first ??= renewals;
        for (const [name, renewed] of renewals) {
            if (renewed !== this.first.get(name)) this.heard.add(name);
        }
        return nodes.map((node) => (this.isSilent(node) ? { ...node, ready: false, message: SILENT } : node));
    }

    private isSilent({ name, ready }: ObservedNode): boolean {
        return ready && this.made.has(name) && this.first?.has(name) === true && !this.heard.has(name);
    }
}

const SILENT = "its last heartbeat is older than its machine, which this update has made";
