import type { KubeObject } from "../kube/client";

/** Shape of the workloads in a chart stand-in: enough for the scheduler, the kubelet and whoever waits. */
export interface StandInWorkload {
    readonly name: string;
    readonly image: string;
    /** Default 1; ignored by a DaemonSet. */
    readonly replicas?: number;
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly affinity?: unknown;
    readonly tolerations?: unknown;
    /** On the pods; the lab's controllers and kubelets read them. */
    readonly annotations?: Readonly<Record<string, string>>;
}

/** What a namespace of the level `restricted` asks of its pods, and real charts give. */
const RESTRICTED_POD = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
const RESTRICTED_CONTAINER = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };

/** Marks each object as what it is. */
const STAND_IN = { "lab.homelab/stand-in": "true" };

export function deployment(workload: StandInWorkload): KubeObject {
    return {
        ...workloadObject("Deployment", workload),
        spec: { replicas: workload.replicas ?? 1, ...template(workload) },
    };
}

export function daemonSet(workload: StandInWorkload): KubeObject {
    return { ...workloadObject("DaemonSet", workload), spec: template(workload) };
}

/** @param fsGroupPolicy whose volumes kubelet gives the pod's group; default: those of one node that have a file system. */
export function csiDriver(name: string, attachRequired: boolean, fsGroupPolicy?: "File" | "None"): KubeObject {
    return {
        apiVersion: "storage.k8s.io/v1",
        kind: "CSIDriver",
        metadata: { name, annotations: STAND_IN },
        spec: {
            attachRequired,
            podInfoOnMount: true,
            volumeLifecycleModes: ["Persistent"],
            ...(fsGroupPolicy && { fsGroupPolicy }),
        },
    };
}

/** A definition. @param spec schema of the objects' `spec`: what it does not name is refused, as by the real one */
export function definition(
    group: string,
    version: string,
    kind: string,
    plural: string,
    scope: "Namespaced" | "Cluster",
    spec: object,
): KubeObject {
    const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
    return {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: `${plural}.${group}`, annotations: STAND_IN },
        spec: {
            group,
            scope,
            names: { kind, plural, singular: kind.toLowerCase() },
            versions: [
                {
                    name: version,
                    served: true,
                    storage: true,
                    subresources: { status: {} },
                    schema: { openAPIV3Schema: { type: "object", properties: { spec, status: open } } },
                },
            ],
        },
    };
}

function workloadObject(kind: string, workload: StandInWorkload) {
    return {
        apiVersion: "apps/v1",
        kind,
        metadata: { name: workload.name, labels: { app: workload.name }, annotations: STAND_IN },
    };
}

function template({ name, image, nodeSelector, affinity, tolerations, annotations }: StandInWorkload) {
    return {
        selector: { matchLabels: { app: name } },
        template: {
            metadata: { labels: { app: name }, annotations: { ...STAND_IN, ...annotations } },
            spec: {
                ...(nodeSelector && Object.keys(nodeSelector).length > 0 && { nodeSelector }),
                ...(affinity !== undefined && { affinity }),
                ...(tolerations !== undefined && { tolerations }),
                securityContext: RESTRICTED_POD,
                containers: [{ name, image, securityContext: RESTRICTED_CONTAINER }],
            },
        },
    };
}
