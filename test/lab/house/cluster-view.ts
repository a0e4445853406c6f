import type { KubeClient } from "../../../lab/kube/client";
import { isRecord, textOf, valueAt } from "../../../lab/plain-values";

export interface NodeView {
    readonly ready: boolean;
    /** Host of the machine; empty on a node that nobody labelled. */
    readonly zone: string;
}

export interface PodView {
    readonly uid: string;
    readonly node: string;
    readonly ready: boolean;
    /** Asked to end, and not gone yet. */
    readonly terminating: boolean;
}

/** Nodes by name. */
export async function nodesOf(kube: KubeClient): Promise<ReadonlyMap<string, NodeView>> {
    const nodes = await items(kube, "/api/v1/nodes");
    return new Map(
        nodes.map((node) => [
            textOf(valueAt(node, "metadata.name")),
            { ready: hasCondition(node, "Ready"), zone: labelOf(node, "topology.kubernetes.io/zone") },
        ]),
    );
}

/** Pods of one component in the media namespace that have not ended, by name. */
export async function podsOf(kube: KubeClient, instance: string): Promise<ReadonlyMap<string, PodView>> {
    const pods = await items(kube, "/api/v1/namespaces/jellyfin/pods", `app.kubernetes.io/instance=${instance}`);
    return new Map(
        pods.map((pod) => [
            textOf(valueAt(pod, "metadata.name")),
            {
                uid: textOf(valueAt(pod, "metadata.uid")),
                node: textOf(valueAt(pod, "spec.nodeName")),
                ready: hasCondition(pod, "Ready"),
                terminating: valueAt(pod, "metadata.deletionTimestamp") !== undefined,
            },
        ]),
    );
}

/** When a pod of the media namespace was made, and since when it is ready: milliseconds since 1970, in whole seconds. */
export async function timesOf(
    kube: KubeClient,
    pod: string,
): Promise<{ readonly created: number; readonly readySince: number }> {
    const object: unknown = await kube.get(`/api/v1/namespaces/jellyfin/pods/${pod}`);
    const ready = listAt(object, "status.conditions").find((condition) => valueAt(condition, "type") === "Ready");
    return {
        created: Date.parse(textOf(valueAt(object, "metadata.creationTimestamp"))),
        readySince: Date.parse(textOf(valueAt(ready, "lastTransitionTime"))),
    };
}

/** Whether requests to the Service `jellyfin` may go to a pod, by the pod's name: what a router reads. */
export async function endpointsOf(kube: KubeClient): Promise<Readonly<Record<string, boolean>>> {
    const path = "/apis/discovery.k8s.io/v1/namespaces/jellyfin/endpointslices";
    const slices = await items(kube, path, "kubernetes.io/service-name=jellyfin");
    const endpoints = slices.flatMap((slice) => listAt(slice, "endpoints"));
    return Object.fromEntries(
        endpoints
            .map(
                (each) =>
                    [textOf(valueAt(each, "targetRef.name")), valueAt(each, "conditions.ready") === true] as const,
            )
            .sort(([a], [b]) => a.localeCompare(b)),
    );
}

/** Volumes of the claims in the media namespace, by the claims' names. */
export async function volumesOf(kube: KubeClient): Promise<Readonly<Record<string, string>>> {
    const claims = await items(kube, "/api/v1/namespaces/jellyfin/persistentvolumeclaims");
    return Object.fromEntries(
        claims.map((claim) => [textOf(valueAt(claim, "metadata.name")), textOf(valueAt(claim, "spec.volumeName"))]),
    );
}

/** Image of a pod's container. */
export function imageOf(pod: unknown, container: string): string {
    const found = listAt(pod, "spec.containers").find((each) => valueAt(each, "name") === container);
    return textOf(valueAt(found, "image"));
}

async function items(kube: KubeClient, path: string, labelSelector?: string): Promise<unknown[]> {
    const list: unknown = await kube.get(path, { query: { labelSelector }, timeoutMs: 10_000 });
    return listAt(list, "items");
}

function listAt(value: unknown, path: string): unknown[] {
    const list = valueAt(value, path);
    return Array.isArray(list) ? list : [];
}

function labelOf(object: unknown, name: string): string {
    const labels = valueAt(object, "metadata.labels");
    return isRecord(labels) ? textOf(labels[name]) : "";
}

/** Whether an object says of itself what one of its conditions means, for example `Ready`. */
export function hasCondition(object: unknown, type: string): boolean {
    return listAt(object, "status.conditions").some(
        (condition) => valueAt(condition, "type") === type && valueAt(condition, "status") === "True",
    );
}
