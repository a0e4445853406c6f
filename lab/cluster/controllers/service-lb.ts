import type { KubeClient, KubeObject } from "../../kube/client";

export interface Service extends KubeObject {
    spec: { type?: string; loadBalancerClass?: string };
    status?: { loadBalancer?: { ingress?: { ip: string }[] } };
}

interface Taint {
    key: string;
    effect: string;
}

export interface LoadBalancerNode extends KubeObject {
    spec: { taints?: Taint[] };
    status?: { addresses?: { type: string; address: string }[]; conditions?: { type: string; status: string }[] };
}

/** Where one node has this label, only those that have it with `true` take part. */
const ENABLE_LABEL = "svccontroller.k3s.cattle.io/enablelb";

/**
 * Gives Services of type LoadBalancer the addresses of the ready nodes, as k3s' ServiceLB does. Nothing listens there:
 * for an address of mode VIP it is kube-proxy on each node that answers.
 */
export class ServiceLb {
    /** What counts of each node, as it was last seen: a heartbeat changes nothing of it. */
    private readonly seen = new Map<string, string>();

    constructor(private readonly client: KubeClient) {}

    async serviceChanged(service: Service): Promise<void> {
        if (isBalanced(service)) await publishAddresses(this.client, service, await this.nodeAddresses());
    }

    async nodeChanged(node: LoadBalancerNode): Promise<void> {
        const name = node.metadata.name ?? "";
        const now = JSON.stringify([addressOf(node), isTaking(node), node.metadata.labels?.[ENABLE_LABEL]]);
        if (this.seen.get(name) === now) return;
        await this.publishAll();
        this.seen.set(name, now);
    }

    async nodeDeleted(node: LoadBalancerNode): Promise<void> {
        if (this.seen.delete(node.metadata.name ?? "")) await this.publishAll();
    }

    private async publishAll(): Promise<void> {
        const { items } = await this.client.get<{ items: Service[] }>("/api/v1/services");
        const addresses = await this.nodeAddresses();
        for (const service of items.filter(isBalanced)) await publishAddresses(this.client, service, addresses);
    }

    private async nodeAddresses(): Promise<string[]> {
        const { items } = await this.client.get<{ items: LoadBalancerNode[] }>("/api/v1/nodes");
        const chosen = items.some(({ metadata }) => metadata.labels?.[ENABLE_LABEL] !== undefined);
        return items
            .filter(({ metadata }) => !chosen || metadata.labels?.[ENABLE_LABEL] === "true")
            .filter(isTaking)
            .flatMap((node) => addressOf(node) ?? [])
            .sort();
    }
}

/** A Service keeps its last addresses when there are none: there is nothing better to say. */
export async function publishAddresses(
    client: KubeClient,
    service: Service,
    addresses: readonly string[],
): Promise<void> {
    const current = service.status?.loadBalancer?.ingress?.map((entry) => entry.ip).join();
    if (addresses.length === 0 || current === addresses.join()) return;
    const { namespace, name } = service.metadata;
    await client.request("PATCH", `/api/v1/namespaces/${namespace ?? ""}/services/${name ?? ""}/status`, {
        contentType: "application/merge-patch+json",
        body: { status: { loadBalancer: { ingress: addresses.map((ip) => ({ ip, ipMode: "VIP" })) } } },
    });
}

/** A Service with a class is another load balancer's. */
export function isBalanced({ spec, metadata }: Service): boolean {
    return (
        spec.type === "LoadBalancer" && spec.loadBalancerClass === undefined && metadata.deletionTimestamp === undefined
    );
}

function isTaking(node: LoadBalancerNode): boolean {
    const ready = node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
    return ready && !node.spec.taints?.some(keepsAway);
}

function addressOf(node: LoadBalancerNode): string | undefined {
    return node.status?.addresses?.find(({ type }) => type === "InternalIP")?.address;
}

/** What every pod of a DaemonSet bears, cordoned nodes among it (`kubernetes/website`, page on DaemonSets). */
const DAEMON_TOLERATIONS = new Set([
    ...["unschedulable", "disk-pressure", "memory-pressure", "pid-pressure"].map((word) => `${word}:NoSchedule`),
    ...["not-ready", "unreachable"].map((word) => `${word}:NoExecute`),
]);

/** Whether a taint keeps ServiceLB's pods off a node; those it tolerates are in `k3s-io/k3s:pkg/cloudprovider/servicelb.go`. */
function keepsAway({ key, effect }: Taint): boolean {
    if (effect === "PreferNoSchedule" || key === "CriticalAddonsOnly") return false;
    if (DAEMON_TOLERATIONS.has(`${key.replace(/^node\.kubernetes\.io\//, "")}:${effect}`)) return false;
    return !(effect === "NoSchedule" && /^node-role\.kubernetes\.io\/(control-plane|master)$/.test(key));
}
