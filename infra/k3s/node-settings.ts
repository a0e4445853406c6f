/** What a machine's k3s is told about its own node. */
export interface NodeSettings {
    readonly name: string;
    readonly address: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly taints: readonly string[];
}

/** A k3s configuration file: flags without their dashes. */
export type K3sSettings = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export const CONFIG_PATH = "/etc/rancher/k3s/config.yaml";
/** Resolvers of the node and of the cluster's DNS; written by us, because a router may hand out one that lies. */
export const RESOLV_CONF_PATH = "/etc/rancher/k3s/resolv.conf";
export const TLS_DIRECTORY = "/var/lib/rancher/k3s/server/tls";
export const MANIFESTS_DIRECTORY = "/var/lib/rancher/k3s/server/manifests";

/** Who a node is. Labels and taints count at the first registration only; later they are changed in the cluster. */
export function nodeMarks(node: Omit<NodeSettings, "address">): Record<string, string | readonly string[]> {
    return {
        "node-name": node.name,
        "node-label": Object.keys(node.labels)
            .sort()
            .map((key) => `${key}=${node.labels[key] ?? ""}`),
        ...(node.taints.length === 0 ? {} : { "node-taint": [...node.taints] }),
    };
}

/** Settings of every node that is a machine of ours. */
export function nodeSettings(node: NodeSettings): Record<string, string | readonly string[]> {
    return {
        ...nodeMarks(node),
        // Named, because k3s takes any address of the card, a virtual one too.
        "node-ip": node.address,
        "resolv-conf": RESOLV_CONF_PATH,
    };
}
