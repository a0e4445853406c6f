import { KubeError, type KubeClient, type KubeObject } from "../../kube/client";

/** Set by a chart stand-in on the pods that provision and attach the volumes of a driver. */
export const CSI_CONTROLLER_ANNOTATION = "lab.homelab/csi-controller";

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

interface StorageClass extends KubeObject {
    provisioner: string;
    reclaimPolicy?: string;
    volumeBindingMode?: string;
    mountOptions?: string[];
    parameters?: Record<string, string>;
}

export interface Attachment extends KubeObject {
    spec: { attacher: string };
    status?: { attached?: boolean };
}

export interface Volume extends KubeObject {
    spec: { csi?: { driver: string }; persistentVolumeReclaimPolicy?: string };
    status?: { phase?: string };
}

export interface CsiPod extends KubeObject {
    status?: { conditions?: { type: string; status: string }[] };
}

/** The provisioner and attacher of the CSI drivers whose controller pod is ready; volumes are names without bytes. */
export class BlockVolumes {
    /** Drivers whose controller pods are ready, by pod. */
    private readonly ready = new Map<string, string>();

    constructor(private readonly client: KubeClient) {}

    /** @returns whether a driver became ready, so that what waits for it is looked at again. */
    notePod(pod: CsiPod, gone = false): boolean {
        const driver = pod.metadata.annotations?.[CSI_CONTROLLER_ANNOTATION];
        const uid = pod.metadata.uid ?? "";
        if (driver === undefined) return false;
        const isReady =
            !gone && pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") === true;
        const before = this.ready.has(uid);
        if (isReady) this.ready.set(uid, driver);
        else this.ready.delete(uid);
        return isReady && !before;
    }

    /** Makes a volume for a claim that waits for one. */
    async provision(claim: Claim): Promise<void> {
        if (claim.spec.volumeName || claim.metadata.deletionTimestamp !== undefined || !claim.spec.storageClassName)
            return;
        const storageClass = await this.client.find<StorageClass>(
            `/apis/storage.k8s.io/v1/storageclasses/${claim.spec.storageClassName}`,
        );
        if (!storageClass || !this.drives(storageClass.provisioner)) return;
        const selectedNode = claim.metadata.annotations?.["volume.kubernetes.io/selected-node"];
        if (storageClass.volumeBindingMode === "WaitForFirstConsumer" && selectedNode === undefined) return;
        try {
            await this.client.request("POST", "/api/v1/persistentvolumes", { body: volumeFor(claim, storageClass) });
        } catch (error) {
            if (!(error instanceof KubeError && error.reason === "AlreadyExists")) throw error;
        }
    }

    async attach(attachment: Attachment): Promise<void> {
        if (
            attachment.metadata.deletionTimestamp !== undefined ||
            attachment.status?.attached ||
            !this.drives(attachment.spec.attacher)
        )
            return;
        await this.client.request(
            "PATCH",
            `/apis/storage.k8s.io/v1/volumeattachments/${attachment.metadata.name ?? ""}/status`,
            {
                contentType: "application/merge-patch+json",
                body: { status: { attached: true } },
            },
        );
    }

    /** A volume whose claim is gone and that nobody wants to keep. */
    async reclaim(volume: Volume): Promise<void> {
        if (volume.status?.phase !== "Released" || volume.spec.persistentVolumeReclaimPolicy !== "Delete") return;
        if (!volume.spec.csi || !this.drives(volume.spec.csi.driver)) return;
        await this.client.request("DELETE", `/api/v1/persistentvolumes/${volume.metadata.name ?? ""}`);
    }

    private drives(driver: string): boolean {
        return [...this.ready.values()].includes(driver);
    }
}

function volumeFor(claim: Claim, storageClass: StorageClass) {
    const name = `pvc-${claim.metadata.uid ?? ""}`;
    return {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name, annotations: { "pv.kubernetes.io/provisioned-by": storageClass.provisioner } },
        spec: {
            capacity: { storage: claim.spec.resources?.requests?.storage ?? "1Gi" },
            accessModes: claim.spec.accessModes ?? ["ReadWriteOnce"],
            volumeMode: claim.spec.volumeMode ?? "Filesystem",
            persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? "Delete",
            storageClassName: storageClass.metadata.name,
            ...(storageClass.mountOptions && { mountOptions: storageClass.mountOptions }),
            claimRef: {
                apiVersion: "v1",
                kind: "PersistentVolumeClaim",
                namespace: claim.metadata.namespace,
                name: claim.metadata.name,
                uid: claim.metadata.uid,
            },
            csi: {
                driver: storageClass.provisioner,
                volumeHandle: name,
                volumeAttributes: storageClass.parameters ?? {},
            },
        },
    };
}
