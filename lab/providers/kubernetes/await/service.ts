import { textOf } from "../../../plain-values";
import { at, isTree, listAt, textAt, type Tree, treeAt } from "../object";
import { conditionOf, ready, type Surroundings, type Verdict, waiting } from "./verdict";

/**
 * A Service is ready when it has the address that its type asks for and none of the pods that it selects is still coming
 * up. A selector that matches nothing is no reason to wait: the pods may be created after it (or never).
 */
export async function serviceVerdict(service: Tree, around: Surroundings): Promise<Verdict> {
    const type = textAt(service, "spec", "type") ?? "ClusterIP";
    if (type === "LoadBalancer" && listAt(service, "status", "loadBalancer", "ingress").length === 0)
        return waiting(
            "no load balancer has given it an address (status.loadBalancer is empty); does its controller run?",
        );
    const selector = treeAt(service, "spec", "selector");
    const isHeadless = at(service, "spec", "clusterIP") === "None";
    if (type === "ExternalName" || isHeadless || Object.keys(selector).length === 0) return ready;
    const [namespace, name] = [textAt(service, "metadata", "namespace"), textAt(service, "metadata", "name") ?? ""];
    const labelSelector = Object.entries(selector)
        .map(([key, value]) => `${key}=${textOf(value)}`)
        .join(",");
    const pods = await around.list("v1", "Pod", namespace, { labelSelector });
    const started = pods.filter((pod) => textAt(pod, "status", "podIP") && !isOver(pod));
    if (started.length === 0 || at(service, "spec", "publishNotReadyAddresses") === true) return ready;
    const pending = started.filter((pod) => conditionOf(pod, "Ready")?.["status"] !== "True");
    if (pending.length > 0)
        return waiting(`it targets ${pending.length} of ${started.length} pods that are not ready: ${names(pending)}`);
    const slices = await around.list("discovery.k8s.io/v1", "EndpointSlice", namespace, {
        labelSelector: `kubernetes.io/service-name=${name}`,
    });
    const endpoints = slices.flatMap((slice) => listAt(slice, "endpoints")).filter(isTree);
    const serving = endpoints.filter((endpoint) => at(endpoint, "conditions", "ready") !== false);
    return serving.length > 0 ? ready : waiting("its endpoints have not been written yet");
}

function isOver(pod: Tree): boolean {
    const phase = textAt(pod, "status", "phase");
    return phase === "Succeeded" || phase === "Failed" || at(pod, "metadata", "deletionTimestamp") !== undefined;
}

function names(pods: readonly Tree[]): string {
    return pods.map((pod) => textAt(pod, "metadata", "name")).join(", ");
}
