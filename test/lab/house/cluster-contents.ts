import type { KubeClient, KubeObject } from "../../../lab/kube/client";

interface Resource {
    readonly name: string;
    readonly verbs: readonly string[];
}

/** What comes and goes by itself: messages, heartbeats, and what follows from pods. */
const TRANSIENT = new Set(["events", "leases", "pods", "endpoints", "endpointslices", "componentstatuses"]);

/** Everything that a cluster holds, of every kind that it knows, as `kind namespace/name`. */
export async function contents(client: KubeClient): Promise<readonly string[]> {
    const { groups } = await client.get<{ groups: { preferredVersion: { groupVersion: string } }[] }>("/apis");
    const roots = ["/api/v1", ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
    const lists = roots.map(async (root) => {
        const { resources } = await client.get<{ resources: Resource[] }>(root);
        const kinds = resources.filter(
            ({ name, verbs }) => !name.includes("/") && verbs.includes("list") && !TRANSIENT.has(name),
        );
        const found = await Promise.all(
            kinds.map(async ({ name: kind }) => {
                const { items } = await client.get<{ items: KubeObject[] }>(`${root}/${kind}`);
                return items.map(({ metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name ?? ""}`);
            }),
        );
        return found.flat();
    });
    return (await Promise.all(lists)).flat().sort();
}

/** Labels of each node, by its name. */
export async function labelsOfNodes(client: KubeClient): Promise<Readonly<Record<string, Record<string, string>>>> {
    const { items } = await client.get<{ items: KubeObject[] }>("/api/v1/nodes");
    return Object.fromEntries(items.map(({ metadata }) => [metadata.name ?? "", metadata.labels ?? {}]));
}

/** The pods of a namespace, and where they are. */
export async function podsIn(client: KubeClient, namespace: string): Promise<{ name: string; node: string }[]> {
    const { items } = await client.get<{ items: (KubeObject & { spec: { nodeName?: string } })[] }>(
        `/api/v1/namespaces/${namespace}/pods`,
    );
    return items.map(({ metadata, spec }) => ({ name: metadata.name ?? "", node: spec.nodeName ?? "" }));
}
