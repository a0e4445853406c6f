/** What a machine's k3s is told about its own node. */
export interface NodeSettings {
    readonly name: string;
    readonly address: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly taints: readonly string[];
    /** Further labels, which are the node's when it joins, and others' to change from then on. Default: none. */
    readonly joinLabels?: Readonly<Record<string, string>> | undefined;
}

/** A k3s configuration file: flags without their dashes. */
export type K3sSettings = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export const CONFIG_PATH = "/etc/rancher/k3s/config.yaml";
/** Resolvers of the node and of the cluster's DNS; written by us, because a router may hand out one that lies. */
export const RESOLV_CONF_PATH = "/etc/rancher/k3s/resolv.conf";
export const TLS_DIRECTORY = "/var/lib/rancher/k3s/server/tls";
export const MANIFESTS_DIRECTORY = "/var/lib/rancher/k3s/server/manifests";

/**
 * Who a node is. k3s writes these labels at each of its starts, over what they were changed to in the cluster
 * (`k3s-io/k3s:pkg/agent/run.go`, `updateMutableLabels`); taints count when the node joins, and never again.
 */
export function nodeMarks(node: Omit<NodeSettings, "address">): Record<string, string | readonly string[]> {
    return {
        "node-name": node.name,
        "node-label": pairs(node.labels),
        ...(node.taints.length === 0 ? {} : { "node-taint": [...node.taints] }),
    };
}

function pairs(labels: Readonly<Record<string, string>>): string[] {
    return Object.keys(labels)
        .sort()
        .map((key) => `${key}=${labels[key] ?? ""}`);
}

/** Settings of every node that is a machine of ours. */
export function nodeSettings(node: NodeSettings): Record<string, string | readonly string[]> {
    // The kubelet gives its node labels when it makes it, and leaves those alone that it finds. The plus keeps k3s' own
    // labels beside them (`k3s-io/k3s:pkg/util/args.go`).
    const joinLabels = pairs(node.joinLabels ?? {}).map((pair) => `node-labels+=${pair}`);
    return {
        ...nodeMarks(node),
        // Named, because k3s takes any address of the card, a virtual one too.
        "node-ip": node.address,
        "resolv-conf": RESOLV_CONF_PATH,
        ...(joinLabels.length === 0 ? {} : { "kubelet-arg": joinLabels }),
    };
}
