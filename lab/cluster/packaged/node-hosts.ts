import type { KubeClient, KubeObject } from "../../kube/client";
import { COREDNS_CONFIG, NODE_HOSTS_KEY } from "./coredns";
import { SYSTEM_NAMESPACE } from "./workload";

/** The part of a Node that says where it is. */
export interface AddressedNode extends KubeObject {
    status?: { addresses?: { type: string; address: string }[] };
}

/** Whom the API server names as the one that sets the key: not who sets the rest of the ConfigMap. */
const FIELD_MANAGER = "k3s-node-hosts";

/** Keeps the nodes' names in CoreDNS' hosts file, as k3s does. */
export class NodeHosts {
    /** Lines of each node as they were last seen: a heartbeat changes none of them. */
    private readonly seen = new Map<string, string>();
    private written: string | undefined;

    constructor(private readonly client: KubeClient) {}

    async changed(node: AddressedNode): Promise<void> {
        const name = node.metadata.name ?? "";
        if (this.seen.get(name) === linesOf(node)) return;
        await this.write();
        this.seen.set(name, linesOf(node));
    }

    async deleted(node: AddressedNode): Promise<void> {
        if (this.seen.delete(node.metadata.name ?? "")) await this.write();
    }

    /** Asks for all nodes: those that were not told of yet must not be missing for a moment. */
    private async write(): Promise<void> {
        const { items } = await this.client.get<{ items: AddressedNode[] }>("/api/v1/nodes");
        const text = items.map(linesOf).sort().join("");
        if (text === this.written) return;
        const name = COREDNS_CONFIG;
        const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { [NODE_HOSTS_KEY]: text } };
        await this.client.apply(`/api/v1/namespaces/${SYSTEM_NAMESPACE}/configmaps/${name}`, body, FIELD_MANAGER);
        this.written = text;
    }
}

function linesOf({ metadata, status }: AddressedNode): string {
    return (status?.addresses ?? [])
        .filter(({ type }) => type === "InternalIP")
        .map(({ address }) => `${address} ${metadata.name ?? ""}\n`)
        .join("");
}
