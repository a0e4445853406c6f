import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { charts } from "../../lab/charts";
import { helmDefinitions } from "../../lab/cluster/packaged/helm-chart-config";
import type { KubeClient, KubeObject } from "../../lab/kube/client";
import { eventually } from "./eventually";
import { at, type CapturedResource, type Graph } from "./graph";
import { ensureOperatorManifests } from "./operator-manifests";
import { testTool } from "./tools";

interface Kind {
    readonly name: string;
    readonly namespaced: boolean;
}

/** The path of an object, as the API server itself tells it. */
export class Paths {
    private readonly known = new Map<
        string,
        Promise<{ resources: { kind: string; name: string; namespaced: boolean }[] }>
    >();

    constructor(private readonly client: KubeClient) {}

    async of(object: KubeObject): Promise<string> {
        const version = object.apiVersion ?? "";
        const root = version.includes("/") ? `/apis/${version}` : `/api/${version}`;
        const { name, namespaced } = await this.kind(root, object.kind ?? "");
        const namespace = namespaced ? `/namespaces/${object.metadata.namespace ?? "default"}` : "";
        return `${root}${namespace}/${name}/${object.metadata.name ?? ""}`;
    }

    private async kind(root: string, kind: string): Promise<Kind> {
        const list =
            this.known.get(root) ??
            this.client.get<{ resources: { kind: string; name: string; namespaced: boolean }[] }>(root);
        this.known.set(root, list);
        const found = (await list).resources.find((entry) => entry.kind === kind && !entry.name.includes("/"));
        assert.ok(found, `${root} has no kind ${kind}`);
        return found;
    }
}

/** The object as the provider would send it; charts are no objects. */
function kubeObject(resource: CapturedResource): KubeObject | undefined {
    const isObject = resource.type.startsWith("kubernetes:") && !resource.type.startsWith("kubernetes:helm.sh/");
    return isObject ? { ...resource.props, metadata: at(resource, "metadata") as KubeObject["metadata"] } : undefined;
}

/** The kinds of Traefik and of charts, which k3s brings along. */
export async function installTraefikKinds(client: KubeClient, paths: Paths): Promise<void> {
    const ofTraefik = parseAllDocuments(readFileSync(testTool("traefik-crds"), "utf8"));
    for (const definition of [...helmDefinitions(), ...ofTraefik.map((document) => document.toJS() as KubeObject)])
        await client.apply(await paths.of(definition), definition, "test");
    for (const version of ["traefik.io/v1alpha1", "helm.cattle.io/v1"])
        await eventually(`${version} is served`, () => client.find(`/apis/${version}`));
}

/** The kinds that the charts of the house bring, as far as the lab's stand-ins know them. */
export async function installChartKinds(client: KubeClient, paths: Paths): Promise<void> {
    await ensureOperatorManifests();
    for (const chart of charts) {
        const values = chart.chart === "cert-manager" ? { crds: { enabled: true } } : {};
        const { crds } = chart.render({ name: chart.chart, namespace: "default", values });
        for (const definition of crds) await client.apply(await paths.of(definition), definition, "test");
    }
    for (const version of ["longhorn.io/v1beta2", "cert-manager.io/v1"])
        await eventually(`${version} is served`, () => client.find(`/apis/${version}`));
}

/** Every object of a graph; namespaces and definitions first, as the program's dependencies have it. */
export function kubeObjects(graph: Graph): readonly KubeObject[] {
    const objects = graph.resources.flatMap((resource) => kubeObject(resource) ?? []);
    const isFirst = ({ kind }: KubeObject) => Number(kind === "Namespace" || kind === "CustomResourceDefinition");
    return objects.sort((a, b) => isFirst(b) - isFirst(a));
}
