import type { KubeMetadata } from "../../kube/client";

/** The parts of a Pod that the simulated kubelet reads. */
export interface Pod {
    apiVersion?: string;
    kind?: string;
    metadata: KubeMetadata;
    spec: PodSpec;
    status?: PodStatus;
    [field: string]: unknown;
}

export interface PodSpec {
    nodeName?: string;
    hostNetwork?: boolean;
    restartPolicy?: "Always" | "OnFailure" | "Never";
    initContainers?: Container[];
    containers: Container[];
    volumes?: Volume[];
}

export interface Container {
    name: string;
    image: string;
    restartPolicy?: string;
    readinessProbe?: { initialDelaySeconds?: number };
    envFrom?: { configMapRef?: Reference; secretRef?: Reference }[];
    env?: { name: string; valueFrom?: { configMapKeyRef?: KeyReference; secretKeyRef?: KeyReference } }[];
}

interface Reference {
    name: string;
    optional?: boolean;
}
interface KeyReference extends Reference {
    key: string;
}

export interface Volume {
    name: string;
    configMap?: Reference;
    secret?: { secretName: string; optional?: boolean };
    persistentVolumeClaim?: { claimName: string };
    /** A claim of the pod's own, `<pod>-<volume>`. */
    ephemeral?: object;
    nfs?: { server: string; path: string };
    projected?: { sources: { configMap?: Reference; secret?: Reference }[] };
}

export interface PodCondition {
    type: string;
    status: "True" | "False";
    lastTransitionTime?: string;
    reason?: string;
    message?: string;
}

export interface ContainerStatus {
    name: string;
    image: string;
    imageID: string;
    ready: boolean;
    started: boolean;
    restartCount: number;
    state: {
        waiting?: { reason: string; message?: string };
        running?: { startedAt: string };
        terminated?: { exitCode: number; reason: string; startedAt: string; finishedAt: string };
    };
}

export interface PodStatus {
    phase: "Pending" | "Running" | "Succeeded" | "Failed";
    conditions?: PodCondition[];
    hostIP?: string;
    hostIPs?: { ip: string }[];
    podIP?: string;
    podIPs?: { ip: string }[];
    startTime?: string;
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
    observedGeneration?: number;
}
