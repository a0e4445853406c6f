import { KubeError, type KubeClient } from "../../../kube/client";
import { reasonOf } from "../../../reason";
import type { Events } from "./events";
import { listOf, PATHS, type Attachment, type Claim, type MadeVolume, type StorageClass, type Volume } from "./objects";
import type { VolumeMaker } from "./objects";

export interface ProvisionerOptions {
    readonly client: KubeClient;
    readonly events: Events;
    /** Whether a driver's controller pod is ready. */
    readonly drives: (driver: string) => boolean;
    /** By name of the driver; another driver's volumes are names without bytes. */
    readonly makers: Readonly<Record<string, VolumeMaker>>;
}

/** What the external provisioner does for each driver: volumes for claims, and their end. */
export class Provisioner {
    /** One claim after the other, or two would be given the same room. */
    private turn: Promise<void> = Promise.resolve();

    constructor(private readonly options: ProvisionerOptions) {}

    /** Makes a volume for a claim that waits for one; where there is none the claim is told why, and waits on. */
    provision(claim: Claim): Promise<void> {
        return this.inTurn(async () => {
            const { client, drives, events } = this.options;
            const { storageClassName, volumeName } = claim.spec;
            if (volumeName || claim.metadata.deletionTimestamp !== undefined || !storageClassName) return;
            const storageClass = await client.find<StorageClass>(`${PATHS.classes}/${storageClassName}`);
            if (!storageClass || !drives(storageClass.provisioner)) return;
            const selectedNode = claim.metadata.annotations?.["volume.kubernetes.io/selected-node"];
            if (storageClass.volumeBindingMode === "WaitForFirstConsumer" && selectedNode === undefined) return;
            const name = `pvc-${claim.metadata.uid ?? ""}`;
            if (await client.find(`${PATHS.volumes}/${name}`)) return;
            try {
                const made = await this.make(name, claim, storageClass);
                await client.request("POST", PATHS.volumes, { body: volumeFor(name, claim, storageClass, made) });
                events.forget(claim);
            } catch (error) {
                if (error instanceof KubeError && error.reason === "AlreadyExists") return;
                const message = `failed to provision volume with StorageClass "${storageClassName}": ${reasonOf(error)}`;
                await events.warn(claim, "ProvisioningFailed", message, storageClass.provisioner);
            }
        });
    }

    /** A volume whose claim is gone, that nobody wants to keep and no node has any more. */
    reclaim(volume: Volume): Promise<void> {
        return this.inTurn(async () => {
            const { client, drives, makers } = this.options;
            const { csi, persistentVolumeReclaimPolicy } = volume.spec;
            const { name, deletionTimestamp } = volume.metadata;
            if (volume.status?.phase !== "Released" || persistentVolumeReclaimPolicy !== "Delete") return;
            if (!csi || !drives(csi.driver) || deletionTimestamp !== undefined) return;
            const attachments = await listOf<Attachment>(client, PATHS.attachments);
            if (attachments.some(({ spec }) => spec.source.persistentVolumeName === name)) return;
            await makers[csi.driver]?.remove(volume);
            await client.request("DELETE", `${PATHS.volumes}/${name ?? ""}`);
        });
    }

    private async make(name: string, claim: Claim, storageClass: StorageClass): Promise<MadeVolume> {
        const maker = this.options.makers[storageClass.provisioner];
        return (
            (await maker?.create(name, claim, storageClass)) ?? {
                handle: name,
                attributes: storageClass.parameters ?? {},
            }
        );
    }

    private inTurn(work: () => Promise<void>): Promise<void> {
        const next = this.turn.then(work);
        this.turn = next.catch(() => undefined);
        return next;
    }
}

function volumeFor(name: string, claim: Claim, storageClass: StorageClass, made: MadeVolume) {
    return {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: {
            name,
            annotations: { "pv.kubernetes.io/provisioned-by": storageClass.provisioner, ...made.annotations },
        },
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
                volumeHandle: made.handle,
                volumeAttributes: made.attributes,
                ...(made.fsType && claim.spec.volumeMode !== "Block" && { fsType: made.fsType }),
            },
        },
    };
}
