import type * as pulumi from "@pulumi/pulumi";
import type { types } from "@pulumi/kubernetes";
import { containerSpec, type ContainerSpec } from "./container";
import { objectLabels, selectorLabels, type Identity, type Labels } from "./identity";
import { fastEviction, joinedToleration, placementSpec, type Requires } from "./placement";
import { spreadOf, type Run } from "./run";
import { podSecurity, type RunAs } from "./security";
import { volumeSpec, volumesOf, type Volume } from "./volumes";
import type { Weaken } from "./weaken";

/** What a pod is made of. */
export interface PodArgs {
    /** The container that serves; it is named after the app. */
    readonly container: ContainerSpec;
    /** Containers beside it, for example an exporter. They bring a name. */
    readonly sidecars?: readonly ContainerSpec[];
    /** Containers that run to their end before, one after the other. They bring a name. */
    readonly init?: readonly ContainerSpec[];
    /** Secrets with which its images are pulled, where a registry asks for one. */
    readonly pullSecrets?: readonly pulumi.Input<string>[];
    readonly runAs: RunAs;
    readonly requires?: Requires;
    /** RuntimeClass of its containers, where the node's usual runtime is not enough: `nvidia` for such a GPU. */
    readonly runtimeClass?: string;
    /** Seconds between the request to stop and the kill; default 30. */
    readonly graceSeconds?: number;
    /** Labels of the pods beside those of the workload, where others look for them. Never part of a selector of ours. */
    readonly labels?: Labels;
    /** Who may push whom off a full node; default: nobody. */
    readonly priorityClass?: "system-cluster-critical" | "system-node-critical";
    /** Added capabilities; all but `NET_BIND_SERVICE`, which reaches nothing, need the weakening `capabilities`. */
    readonly addCapabilities?: readonly string[];
}

export function allContainers(pod: PodArgs): ContainerSpec[] {
    return [pod.container, ...(pod.sidecars ?? []), ...(pod.init ?? [])];
}

export function podVolumes(pod: PodArgs): Volume[] {
    return volumesOf(allContainers(pod).flatMap((container) => container.mounts ?? []));
}

/**
 * A volume of the NAS or of the block storage asks for a node that was prepared for storage, whoever wrote the workload.
 * One label says both: our machines have the NFS and the iSCSI client from their first boot, a joined board has neither.
 */
function requirements(pod: PodArgs): Requires {
    const needsStorage = podVolumes(pod).some(
        (volume) =>
            volume.kind === "ephemeral" ||
            (volume.kind === "template" && volume.anyNode !== true) ||
            (volume.kind === "claim" && volume.needsNfs === true),
    );
    return needsStorage ? { ...pod.requires, nfs: true } : { ...pod.requires };
}

/** A pod of a DaemonSet is bound to its node, and is not evicted from it. */
function tolerationsSpec(run: Run, requires: Requires | undefined): Pick<types.input.core.v1.PodSpec, "tolerations"> {
    const tolerations = [...(run.kind === "DaemonSet" ? [] : fastEviction()), ...joinedToleration(requires)];
    return tolerations.length === 0 ? {} : { tolerations };
}

function restartPolicy(run: Run): "Always" | "OnFailure" | "Never" {
    switch (run.kind) {
        case "Job":
        case "CronJob":
            return run.keepsFailedPods === true ? "Never" : "OnFailure";
        case "Deployment":
        case "StatefulSet":
        case "DaemonSet":
            return "Always";
    }
}

export function podTemplate(
    identity: Identity,
    run: Run,
    pod: PodArgs,
    serviceAccountName: pulumi.Input<string>,
    weaken: Weaken,
): types.input.core.v1.PodTemplateSpec {
    const added = pod.addCapabilities ?? [];
    const volumes = podVolumes(pod).flatMap((volume) => volumeSpec(volume) ?? []);
    const spec = (container: ContainerSpec) => containerSpec(container, identity.app, weaken, added);
    return {
        metadata: { labels: { ...pod.labels, ...objectLabels(identity) } },
        spec: {
            serviceAccountName,
            automountServiceAccountToken: weaken["api-token"] !== undefined,
            // Variables of every Service in the namespace: a Service named `postgres` would set POSTGRES_PORT=tcp://...
            enableServiceLinks: false,
            securityContext: podSecurity(pod.runAs, weaken),
            terminationGracePeriodSeconds: pod.graceSeconds ?? 30,
            restartPolicy: restartPolicy(run),
            ...(pod.runtimeClass === undefined ? {} : { runtimeClassName: pod.runtimeClass }),
            ...(weaken["host-network"] === undefined
                ? {}
                : { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" }),
            ...(pod.priorityClass === undefined ? {} : { priorityClassName: pod.priorityClass }),
            ...tolerationsSpec(run, pod.requires),
            ...placementSpec(requirements(pod), spreadOf(run), selectorLabels(identity), weaken),
            ...(pod.pullSecrets === undefined
                ? {}
                : { imagePullSecrets: pod.pullSecrets.map((secretName) => ({ name: secretName })) }),
            ...(pod.init === undefined ? {} : { initContainers: pod.init.map(spec) }),
            containers: [pod.container, ...(pod.sidecars ?? [])].map(spec),
            ...(volumes.length === 0 ? {} : { volumes }),
        },
    };
}
