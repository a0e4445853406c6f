import { auditArguments } from "./audit";
import { nodeSettings, type K3sSettings, type NodeSettings } from "./node-settings";

/** What all servers of a cluster agree on; k3s refuses a server that differs. */
export interface ClusterSettings {
    readonly podsCidr: string;
    readonly servicesCidr: string;
    /** Names and addresses under which the API server answers. */
    readonly apiNames: readonly string[];
    /** Whether Services of type LoadBalancer get the addresses of the nodes; else somebody else gives them theirs. */
    readonly serviceLb: boolean;
}

/** How many snapshots of etcd each server keeps on its disk: one every six hours, for five days. */
export const SNAPSHOTS_PER_SERVER = 20;

/** How a server comes to its cluster: the first one makes it. */
export type ServerStart = { readonly kind: "first" } | { readonly kind: "join"; readonly url: string };

export interface ServerSettings {
    readonly node: NodeSettings;
    readonly cluster: ClusterSettings;
    readonly start: ServerStart;
    /** Full token of a server. */
    readonly token: string;
    /** Password of agents, alone; without it, whoever holds an agent's token could join as a server. */
    readonly agentPassword: string;
    /** Secret in `kube-system` that says to which bucket snapshots are copied; absent where they stay on the disks. */
    readonly snapshotSecret?: string | undefined;
}

/** Address of the cluster's DNS: the tenth of the services' network, as k3s and everybody else has it. */
export function clusterDns(servicesCidr: string): string {
    const octets = (servicesCidr.split("/")[0] ?? "").split(".");
    return [...octets.slice(0, 3), "10"].join(".");
}

/** `/etc/rancher/k3s/config.yaml` of a server (`k3s-io/docs:docs/cli/server.md`). */
export function serverConfig(settings: ServerSettings): K3sSettings {
    const { cluster, start } = settings;
    return {
        ...(start.kind === "first" ? { "cluster-init": true } : { server: start.url }),
        token: settings.token,
        "agent-token": settings.agentPassword,
        ...nodeSettings(settings.node),
        "tls-san": [...cluster.apiNames],
        "cluster-cidr": cluster.podsCidr,
        "service-cidr": cluster.servicesCidr,
        "cluster-dns": clusterDns(cluster.servicesCidr),
        "flannel-backend": "vxlan",
        "secrets-encryption": true,
        "write-kubeconfig-mode": "0600",
        // The class of local-storage would be a second default, and what is on it dies with its node. CoreDNS is ours:
        // two pods on two hosts (components/network), which k3s would undo in its own at each start.
        disable: ["coredns", "local-storage", ...(cluster.serviceLb ? [] : ["servicelb"])],
        "etcd-snapshot-schedule-cron": "0 */6 * * *",
        "etcd-snapshot-retention": SNAPSHOTS_PER_SERVER,
        // Not a word more on the bucket, `etcd-s3-retention` neither: k3s would overlook the secret for it.
        ...(settings.snapshotSecret === undefined
            ? {}
            : { "etcd-s3": true, "etcd-s3-config-secret": settings.snapshotSecret }),
        "embedded-registry": true,
        "kube-apiserver-arg": [...auditArguments()],
    };
}
