import { charts } from "../../../lab/charts";
import type { KubeClient, KubeObject } from "../../../lab/kube/client";
import { eventually } from "../../support/eventually";
import {} from "./house";

export interface Pod extends KubeObject {
    spec: { nodeName?: string };
    status?: {
        phase?: string;
        podIP?: string;
        conditions?: { type: string; status: string }[];
        containerStatuses?: { ready: boolean; state: { waiting?: { reason: string; message?: string } } }[];
    };
}

const PATHS: Record<string, string> = {
    CSIDriver: "/apis/storage.k8s.io/v1/csidrivers",
    CustomResourceDefinition: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    DaemonSet: "/apis/apps/v1/namespaces/default/daemonsets",
    Deployment: "/apis/apps/v1/namespaces/default/deployments",
    GpuDevicePlugin: "/apis/deviceplugin.intel.com/v1/gpudeviceplugins",
    PersistentVolumeClaim: "/api/v1/namespaces/default/persistentvolumeclaims",
    PersistentVolume: "/api/v1/persistentvolumes",
    Pod: "/api/v1/namespaces/default/pods",
    ConfigMap: "/api/v1/namespaces/default/configmaps",
    Service: "/api/v1/namespaces/default/services",
    StatefulSet: "/apis/apps/v1/namespaces/default/statefulsets",
    StorageClass: "/apis/storage.k8s.io/v1/storageclasses",
};

export function pathOf(kind: string, name: string): string {
    const folder = PATHS[kind];
    if (folder === undefined) throw new Error(`${kind}: no path is known`);
    return `${folder}/${name}`;
}

/** Server-side apply into the namespace `default`. */
export function apply<T extends KubeObject = KubeObject>(client: KubeClient, object: KubeObject): Promise<T> {
    return client.apply<T>(pathOf(object.kind ?? "", object.metadata.name ?? ""), object, "test");
}

/** Applies what a chart's stand-in consists of, its definitions first. */
export async function install(client: KubeClient, chart: string, values: Record<string, unknown>): Promise<void> {
    const found = charts.find((one) => one.chart === chart);
    if (!found) throw new Error(`${chart}: the lab has no such chart`);
    const { crds, objects } = found.render({ name: chart, namespace: "default", values });
    for (const crd of crds) await apply(client, crd);
    for (const crd of crds)
        await eventually(`${crd.metadata.name ?? ""} is served`, async () => {
            const now = await client.get<KubeObject & { status?: { conditions?: { type: string; status: string }[] } }>(
                pathOf("CustomResourceDefinition", crd.metadata.name ?? ""),
            );
            return now.status?.conditions?.some((one) => one.type === "Established" && one.status === "True")
                ? true
                : undefined;
        });
    for (const object of objects) await apply(client, object);
}

/** A pod's specification with one container; `more` is merged over it. */
export function podSpec(more: Record<string, unknown> = {}, container: Record<string, unknown> = {}) {
    return {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: "main", image: "example.org/main:1", ...container }],
        ...more,
    };
}

export function pod(name: string, spec: Record<string, unknown>): KubeObject {
    return { apiVersion: "v1", kind: "Pod", metadata: { name }, spec };
}

/** A Deployment or StatefulSet of pods labelled `app=<name>`. */
export function workload(kind: "Deployment" | "StatefulSet", name: string, replicas: number, spec: unknown) {
    const labels = { app: name };
    return {
        apiVersion: "apps/v1",
        kind,
        metadata: { name },
        spec: {
            replicas,
            ...(kind === "StatefulSet" && { serviceName: name, podManagementPolicy: "Parallel" }),
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec },
        },
    };
}

/** Waits until a pod is ready. */
export function podReady(client: KubeClient, name: string): Promise<Pod> {
    let last = "nothing";
    return eventually(`pod ${name} is ready`, async () => {
        const now = await client.find<Pod>(pathOf("Pod", name));
        last = JSON.stringify(now?.status ?? "gone");
        if (isReady(now)) return now;
        throw new Error(last);
    });
}

export function isReady(now: Pod | undefined): boolean {
    return now?.status?.conditions?.some((one) => one.type === "Ready" && one.status === "True") === true;
}

/** Pods of the namespace `default` with `app=<name>`. */
export async function podsOf(client: KubeClient, name: string): Promise<Pod[]> {
    const query = { labelSelector: `app=${name}` };
    return (await client.get<{ items: Pod[] }>("/api/v1/namespaces/default/pods", { query })).items;
}

/** Waits for an event about an object whose message matches. */
export function event(client: KubeClient, about: string, pattern: RegExp): Promise<string> {
    return eventually(`an event about ${about} says ${pattern.source}`, async () => {
        const { items } = await client.get<{ items: (KubeObject & { message?: string; reason?: string })[] }>(
            "/api/v1/namespaces/default/events",
            { query: { fieldSelector: `involvedObject.name=${about}` } },
        );
        const texts = items.map(({ reason, message }) => `${reason ?? ""}: ${message ?? ""}`);
        const match = texts.find((text) => pattern.test(text));
        if (match === undefined) throw new Error(texts.join("\n") || "no event");
        return match;
    });
}
