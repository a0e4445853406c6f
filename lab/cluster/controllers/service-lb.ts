import type { KubeClient, KubeObject } from "../../kube/client";

export interface Service extends KubeObject {
    spec: { type?: string };
    status?: { loadBalancer?: { ingress?: { ip: string }[] } };
}

interface Taint {
    key: string;
    effect: string;
}

interface Node extends KubeObject {
    spec: { taints?: Taint[] };
    status?: { addresses?: { type: string; address: string }[]; conditions?: { type: string; status: string }[] };
}

/** Gives a Service of type LoadBalancer the addresses of the ready nodes, as k3s' ServiceLB does. */
export async function publishAddresses(client: KubeClient, service: Service): Promise<void> {
    if (service.spec.type !== "LoadBalancer" || service.metadata.deletionTimestamp !== undefined) return;
    const { items } = await client.get<{ items: Node[] }>("/api/v1/nodes");
    const ingress = items
        .filter((node) => node.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True"))
        .filter((node) => !node.spec.taints?.some(keepsAway))
        .flatMap((node) => node.status?.addresses?.find((a) => a.type === "InternalIP")?.address ?? [])
        .sort()
        .map((ip) => ({ ip, ipMode: "VIP" }));
    const current = service.status?.loadBalancer?.ingress?.map((entry) => entry.ip).join();
    if (ingress.length === 0 || current === ingress.map((entry) => entry.ip).join()) return;
    const { namespace, name } = service.metadata;
    await client.request("PATCH", `/api/v1/namespaces/${namespace ?? ""}/services/${name ?? ""}/status`, {
        contentType: "application/merge-patch+json",
        body: { status: { loadBalancer: { ingress } } },
    });
}

/** Whether a taint keeps ServiceLB's pods off a node; those it tolerates are in `k3s-io/k3s:pkg/cloudprovider/servicelb.go`. */
function keepsAway({ key, effect }: Taint): boolean {
    if (effect === "PreferNoSchedule" || key === "CriticalAddonsOnly") return false;
    return !(effect === "NoSchedule" && /^node-role\.kubernetes\.io\/(control-plane|master)$/.test(key));
}
