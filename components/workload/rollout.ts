import * as pulumi from "@pulumi/pulumi";
import { explained, PROVIDER_WAITS_SECONDS } from "./awaiting";
import type { Identity } from "./identity";
import type { PodArgs } from "./pod";
import type { RunStatefulSet } from "./run";

/** Pods with an ordinal below it keep what they have. */
export function partitionOf({ canary, replicas }: RunStatefulSet): number {
    return canary === true ? replicas - 1 : 0;
}

/**
 * What a StatefulSet with a canary is waited for by. The provider's own rule asks that all pods are of one revision, which they
 * are not before the canary ends (pulumi-kubernetes, provider/pkg/await/statefulset.go, up to 4.32 at least). A field of a status
 * is there where it is not 0: so one pod is new, which only the last can be, and every pod is ready. A ready canary that is
 * taken back while `canary` stays is the one case that is not waited for: its set has new pods at once, which are the old ones.
 */
export function canaryAnnotations(run: RunStatefulSet): Record<string, string> {
    if (partitionOf(run) === 0) return {};
    const conditions = [`jsonpath={.status.readyReplicas}=${run.replicas}`, "jsonpath={.status.updatedReplicas}"];
    return { "pulumi.com/waitFor": JSON.stringify(conditions) };
}

/** Seconds that the slowest container of a pod may take to start; 0 where none is asked. */
function startSeconds({ container, sidecars }: PodArgs): number {
    const starts = [container, ...(sidecars ?? [])].map(({ serves }) => serves?.probes.startup);
    return Math.max(...starts.map((probe) => (probe === undefined ? 0 : probe.everySeconds * probe.failures)));
}

/**
 * Seconds until `up` gives a StatefulSet up. One pod after the other may end, start for as long as its startup probe allows, and
 * be ready for a while; the provider's default comes on top, for what is before a probe: images, volumes, init containers.
 */
function waitSeconds(run: RunStatefulSet, pod: PodArgs): number {
    const each = startSeconds(pod) + (pod.graceSeconds ?? 30) + (run.minReadySeconds ?? 0);
    return PROVIDER_WAITS_SECONDS + run.replicas * each;
}

/** @param name Pulumi name of the StatefulSet. */
export function rolloutOptions(
    name: string,
    run: RunStatefulSet,
    identity: Identity,
    namespace: pulumi.Input<string>,
    pod: PodArgs,
): pulumi.CustomResourceOptions {
    const wait = `${waitSeconds(run, pod)}s`;
    const customTimeouts = { create: wait, update: wait };
    // With pods that need not wait for each other, an outdated one is replaced whatever it does.
    if (run.podManagement === "Parallel") return { customTimeouts };
    const told = async (errors: readonly string[]) => unstartedPods(run, identity, await known(namespace), errors);
    return { customTimeouts, ...explained(name, told) };
}

/** For a hook, which runs when all inputs of its resource are known. */
function known(text: pulumi.Input<string>): Promise<string> {
    return new Promise((done) => void pulumi.output(text).apply(done));
}

/**
 * What it means that pods of a StatefulSet did not become ready: its controller replaces the next pod, also by a corrected
 * one, only while all are ready (kubernetes#67250, "Forced rollback" in its documentation), so correcting is not enough.
 * @returns `undefined` where the error is another one, such as a refusal of the API server.
 */
export function unstartedPods(
    run: RunStatefulSet,
    { name }: Identity,
    namespace: string,
    errors: readonly string[],
): string | undefined {
    const text = errors.join("\n");
    // "become live" says the released provider, "was not ready" the lab's.
    if (!/become live|was not ready/.test(text)) return undefined;
    const pods = unreadyPods(run, name, text);
    const remove = `kubectl --namespace ${namespace} delete pod ${pods.join(" ") || "<its name>"}`;
    const cure =
        pods.length > 0
            ? remove
            : `${remove} (kubectl --namespace ${namespace} get pods shows which of ${name}'s is not ready)`;
    const who = pods.length > 0 ? pods.map((pod) => `${namespace}/${pod}`).join(", ") : `a pod of ${namespace}/${name}`;
    return `${who}: has not become ready in time, and Kubernetes replaces no pod by a corrected one before it has (kubernetes#67250); if it still starts, "pulumi up" again waits for it; else correct what the errors say, "pulumi up", and while that waits: ${cure}`;
}

/** Pods that the errors name. With a canary they name none, and only the last pod is a new one. */
function unreadyPods(run: RunStatefulSet, name: string, text: string): string[] {
    const all = Array.from({ length: run.replicas }, (_, ordinal) => `${name}-${ordinal}`);
    const named = all.filter((pod) => new RegExp(`(?<![\\w-])${pod}(?![\\w-])`).test(text));
    return named.length === 0 && partitionOf(run) > 0 ? all.slice(-1) : named;
}
