import type { KubeClient, KubeObject } from "../../../kube/client";

/** The parts of Kubernetes' storage objects that the lab's controllers read. */
export interface Claim extends KubeObject {
    spec: {
        storageClassName?: string;
        volumeName?: string;
        accessModes?: string[];
        volumeMode?: string;
        resources?: { requests?: { storage?: string } };
    };
    status?: { phase?: string };
}

export interface StorageClass extends KubeObject {
    provisioner: string;
    reclaimPolicy?: string;
    volumeBindingMode?: string;
    mountOptions?: string[];
    parameters?: Record<string, string>;
}

export interface Attachment extends KubeObject {
    spec: { attacher: string; nodeName: string; source: { persistentVolumeName?: string } };
    status?: { attached?: boolean; attachError?: { message?: string }; detachError?: { message?: string } };
}

export interface Volume extends KubeObject {
    spec: {
        capacity?: { storage?: string };
        accessModes?: string[];
        persistentVolumeReclaimPolicy?: string;
        claimRef?: { namespace?: string; name?: string };
        csi?: { driver: string; volumeHandle: string; volumeAttributes?: Record<string, string> };
    };
    status?: { phase?: string };
}

export interface Node extends KubeObject {
    status?: {
        capacity?: Record<string, string>;
        conditions?: { type: string; status: string }[];
        volumesInUse?: string[];
    };
}

export interface Pod extends KubeObject {
    spec: { nodeName?: string; volumes?: { persistentVolumeClaim?: { claimName: string } }[] };
    status?: { conditions?: { type: string; status: string }[] };
}

export const PATHS = {
    claims: "/api/v1/persistentvolumeclaims",
    volumes: "/api/v1/persistentvolumes",
    nodes: "/api/v1/nodes",
    pods: "/api/v1/pods",
    classes: "/apis/storage.k8s.io/v1/storageclasses",
    attachments: "/apis/storage.k8s.io/v1/volumeattachments",
} as const;

export async function listOf<T extends KubeObject>(client: KubeClient, path: string): Promise<T[]> {
    return (await client.get<{ items: T[] }>(path)).items;
}

/** Folders of the lab that hold what volumes hold; without them volumes are names without bytes. */
export type StorageFolders = {
    /** One file for each block volume. */
    readonly blockVolumes: string;
    /** What the NAS exports, below its address. */
    readonly nas: string;
};

/** What a driver made for a claim. */
export interface MadeVolume {
    readonly handle: string;
    readonly attributes: Readonly<Record<string, string>>;
    readonly fsType?: string;
    /** For the lab's own book-keeping, on the volume. */
    readonly annotations?: Readonly<Record<string, string>>;
}

/** The part of a CSI driver that makes and removes volumes. */
export interface VolumeMaker {
    /** @throws Error in the driver's words; the claim stays pending and is tried again. */
    create(name: string, claim: Claim, storageClass: StorageClass): Promise<MadeVolume>;
    /** Takes the bytes away, as the driver's policy says. */
    remove(volume: Volume): Promise<void>;
}
