import { textOf } from "../../../plain-values";
import { at, countAt, isTree, type KubeValue, listAt, textAt, type Tree, treeAt } from "../object";
import { lastWords } from "./last-words";
import { conditionOf, type Surroundings } from "./verdict";

/** Most lines of each sort in one error: the rest says much the same. */
const mostTroubles = 6;
const mostEvents = 6;

/**
 * Why an object is not ready, in Kubernetes' own words: its conditions, what its pods wait for, the events of all of
 * them, and what their containers printed last. Empty where the cluster has said nothing.
 */
export async function reasonsOf(object: Tree, around: Surroundings): Promise<string[]> {
    const namespace = textAt(object, "metadata", "namespace");
    const pods = await podsOf(object, around);
    const troubled = pods
        .map((pod) => ({ pod, troubles: podTroubles(pod) }))
        .filter(({ troubles }) => troubles.length > 0);
    const concerned = [object, ...(await claimsOf(object, pods, around)), ...troubled.map(({ pod }) => pod)];
    const events = await around.list("v1", "Event", namespace ?? "default", { limit: "500" });
    const gone = podsThatWent(object, pods, events);
    const lines = [...unmetConditions(object), ...podLines(troubled)];
    // Behind a Service are pods of a workload, whose own error has their words already.
    const speaking = object["kind"] === "Service" ? [] : troubled.map(({ pod }) => pod);
    return [...lines, ...eventLines(events, [...concerned, ...gone], lines), ...(await lastWords(speaking, around))];
}

/** One line for each trouble, with all pods that have it. */
function podLines(troubled: readonly { readonly pod: Tree; readonly troubles: readonly string[] }[]): string[] {
    const pods = new Map<string, string[]>();
    for (const { pod, troubles } of troubled)
        // A container that ends the same way twice has one trouble.
        for (const trouble of new Set(troubles))
            pods.set(trouble, [...(pods.get(trouble) ?? []), textAt(pod, "metadata", "name") ?? ""]);
    return [...pods]
        .slice(0, mostTroubles)
        .map(([trouble, names]) => `${names.length > 1 ? "pods" : "pod"} ${names.join(", ")}: ${trouble}`);
}

/** Conditions whose `False` is what is hoped for. */
const badWhenTrue = new Set([
    "Failed",
    "ReplicaFailure",
    "NamespaceDeletionContentFailure",
    "NamespaceContentRemaining",
]);
badWhenTrue.add("NamespaceFinalizersRemaining").add("NamespaceDeletionDiscoveryFailure");

export function unmetConditions(object: Tree): string[] {
    return listAt(object, "status", "conditions")
        .filter(isTree)
        .filter((one) =>
            badWhenTrue.has(textAt(one, "type") ?? "") ? one["status"] === "True" : one["status"] === "False",
        )
        .filter((one) => !textAt(one, "type")?.startsWith("NamespaceDeletion") || one["status"] === "True")
        .map((one) => [textAt(one, "type"), textAt(one, "reason"), textAt(one, "message")].filter(Boolean).join(": "));
}

/** What keeps one pod from being ready; empty for a pod that is, or that has nothing to say yet. */
function podTroubles(pod: Tree): string[] {
    if (conditionOf(pod, "Ready")?.["status"] === "True" || textAt(pod, "status", "phase") === "Succeeded") return [];
    const lines: string[] = [];
    const scheduled = conditionOf(pod, "PodScheduled");
    if (scheduled?.["status"] === "False")
        lines.push(`${textAt(scheduled, "reason")}: ${textAt(scheduled, "message")}`);
    const own = [textAt(pod, "status", "reason"), textAt(pod, "status", "message")].filter(Boolean);
    if (own.length > 0) lines.push(own.join(": "));
    const statuses = [...listAt(pod, "status", "initContainerStatuses"), ...listAt(pod, "status", "containerStatuses")];
    const containers = [...listAt(pod, "spec", "initContainers"), ...listAt(pod, "spec", "containers")];
    for (const status of statuses) {
        const container = containers.find((one) => textAt(one, "name") === textAt(status, "name"));
        lines.push(...containerTroubles(status, textAt(container, "resources", "limits", "memory")));
    }
    const unready = conditionOf(pod, "Ready");
    if (lines.length === 0 && unready?.["status"] === "False" && textAt(unready, "message"))
        lines.push(`${textAt(unready, "reason")}: ${textAt(unready, "message")}`);
    if (at(pod, "metadata", "deletionTimestamp") !== undefined) lines.push("is being deleted");
    return lines;
}

/** States that every container passes through. */
const ordinary = new Set(["ContainerCreating", "PodInitializing"]);

/** @param memoryLimit as the pod has it, a Kubernetes quantity; told where the container was killed for it. */
function containerTroubles(status: KubeValue, memoryLimit: string | undefined): string[] {
    const name = `container ${textAt(status, "name")}`;
    const lines: string[] = [];
    const wait = treeAt(status, "state", "waiting");
    if (textAt(wait, "reason") && !ordinary.has(textAt(wait, "reason") ?? ""))
        lines.push([name, textAt(wait, "reason"), textAt(wait, "message")].filter(Boolean).join(": "));
    for (const state of ["state", "lastState"]) {
        const over = treeAt(status, state, "terminated");
        if (Object.keys(over).length === 0) continue;
        const words = [textAt(over, "reason"), textAt(over, "message")].filter(Boolean).join(": ");
        const killed = memoryLimit !== undefined && /\bOOM/.test(words);
        if (countAt(over, "exitCode") !== 0 || killed)
            lines.push(
                [
                    `${name} ended with exit code ${countAt(over, "exitCode")}`,
                    ...[words].filter(Boolean),
                    ...(killed ? [`its memory limit is ${memoryLimit}`] : []),
                ].join(": "),
            );
    }
    return lines;
}

/** Pods of a workload or behind a Service, by its selector. */
async function podsOf(object: Tree, around: Surroundings): Promise<Tree[]> {
    if (object["kind"] === "Pod") return [object];
    const labelSelector = selectorText(treeAt(object, "spec", "selector"));
    const namespace = textAt(object, "metadata", "namespace");
    return labelSelector && namespace ? around.list("v1", "Pod", namespace, { labelSelector }) : [];
}

/** A workload's selector has `matchLabels` and `matchExpressions`, a Service's is a plain map. */
function selectorText(selector: Tree): string {
    const labels = selector["matchLabels"] ?? (selector["matchExpressions"] ? {} : selector);
    const equal = Object.entries(isTree(labels) ? labels : {}).map(([key, value]) => `${key}=${textOf(value)}`);
    const expressions = listAt(selector, "matchExpressions").map((one) => {
        const [key, values] = [textAt(one, "key") ?? "", listAt(one, "values").map(textOf).join(",")];
        switch (textAt(one, "operator")) {
            case "In":
                return `${key} in (${values})`;
            case "NotIn":
                return `${key} notin (${values})`;
            case "DoesNotExist":
                return `!${key}`;
            default:
                return key;
        }
    });
    return [...equal, ...expressions].join(",");
}

/** The end of its time takes a Job's pods away, and leaves their events: why they had not started is told there alone. */
function podsThatWent(object: Tree, there: readonly Tree[], events: readonly Tree[]): Tree[] {
    if (object["kind"] !== "Job") return [];
    const [name, created] = [textAt(object, "metadata", "name"), textAt(object, "metadata", "creationTimestamp")];
    const known = new Set(there.map((pod) => textAt(pod, "metadata", "uid")));
    const went = events
        .filter((event) => time(event) >= (created ?? ""))
        .map((event) => treeAt(event, "involvedObject"))
        .filter((of) => of["kind"] === "Pod" && !known.has(textAt(of, "uid")))
        .filter((of) => textAt(of, "name")?.replace(/-[a-z0-9]{5}$/, "") === name);
    return went.map((of) => ({
        kind: "Pod",
        metadata: { name: textAt(of, "name") ?? "", uid: textAt(of, "uid") ?? "" },
    }));
}

/** Claims that pods wait for: theirs are the words about missing storage. */
async function claimsOf(object: Tree, pods: readonly Tree[], around: Surroundings): Promise<Tree[]> {
    const namespace = textAt(object, "metadata", "namespace");
    const names = new Set(
        pods
            .flatMap((pod) => listAt(pod, "spec", "volumes"))
            .concat(listAt(object, "spec", "template", "spec", "volumes"))
            .flatMap((volume) => textAt(volume, "persistentVolumeClaim", "claimName") ?? []),
    );
    const claims = await Promise.all(
        [...names].map((name) => around.find("v1", "PersistentVolumeClaim", namespace, name)),
    );
    return claims
        .filter((claim) => claim !== undefined)
        .filter((claim) => textAt(claim, "status", "phase") !== "Bound");
}

/** Events of the objects concerned, those left out that only repeat what was said already. */
function eventLines(events: readonly Tree[], concerned: readonly Tree[], said: readonly string[]): string[] {
    const byUid = new Map(concerned.map((object) => [textAt(object, "metadata", "uid"), object]));
    const relevant = events
        .map((event) => ({ event, object: byUid.get(textAt(event, "involvedObject", "uid")) }))
        .filter(({ event, object }) => event["type"] === "Warning" || object?.["kind"] === "PersistentVolumeClaim")
        .filter(({ event, object }) => object && !said.some((line) => line.endsWith(textAt(event, "message") ?? "")))
        .sort((left, right) => time(left.event).localeCompare(time(right.event)));
    const lines = relevant.map(({ event, object }) => {
        const of = `${(textAt(object, "kind") ?? "").toLowerCase()} ${textAt(object, "metadata", "name")}`;
        return `event of ${of}: ${textAt(event, "reason")}: ${textAt(event, "message")}`;
    });
    return [...new Set(lines)].slice(-mostEvents);
}

function time(event: Tree): string {
    return (
        textAt(event, "series", "lastObservedTime") ??
        textAt(event, "lastTimestamp") ??
        textAt(event, "eventTime") ??
        textAt(event, "metadata", "creationTimestamp") ??
        ""
    );
}
