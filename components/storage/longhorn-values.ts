import * as pulumi from "@pulumi/pulumi";
import type { S3Target } from "../object-storage";
import { NFS_LABEL } from "../workload";

export interface BlockStorageArgs {
    /** Copies of each volume, each on another host. */
    readonly replicas: number;
    /** Whether Longhorn may be uninstalled with all its volumes; else it refuses, whoever asks. */
    readonly disposable: boolean;
    /** Where backups of the volumes go; default: there are none. */
    readonly backups?: S3Target | undefined;
}

/** Name of the secret with the key of the backup target. */
export const BACKUP_SECRET = "longhorn-backup-target";

/** Only on nodes that were prepared for storage: elsewhere its manager fails without an iSCSI client. */
const STORAGE_NODES = { [NFS_LABEL]: "true" };

/** Where the parts of the chart run. */
interface Placed {
    readonly nodeSelector: Readonly<Record<string, string>>;
}

/** Values of Longhorn's chart that the house sets. */
export interface LonghornValues {
    readonly persistence: {
        readonly defaultClass: boolean;
        readonly defaultClassReplicaCount: number;
        readonly reclaimPolicy: "Retain" | "Delete";
    };
    readonly defaultSettings: LonghornSettings;
    readonly longhornManager: Placed;
    readonly longhornDriver: Placed;
    readonly longhornUI: Placed;
    readonly defaultBackupStore?: {
        readonly backupTarget: pulumi.Input<string>;
        readonly backupTargetCredentialSecret: string;
    };
}

/** Longhorn's own settings, which its manager reads when it starts. */
export interface LonghornSettings {
    readonly defaultReplicaCount: number;
    readonly replicaZoneSoftAntiAffinity: boolean;
    readonly replicaSoftAntiAffinity: boolean;
    readonly replicaAutoBalance: "disabled" | "least-effort" | "best-effort";
    readonly nodeDownPodDeletionPolicy:
        | "do-nothing"
        | "delete-statefulset-pod"
        | "delete-deployment-pod"
        | "delete-both-statefulset-and-deployment-pod";
    readonly nodeDrainPolicy:
        | "block-for-eviction"
        | "block-for-eviction-if-contains-last-replica"
        | "block-if-contains-last-replica"
        | "allow-if-replica-is-stopped"
        | "always-allow";
    readonly detachManuallyAttachedVolumesWhenCordoned: boolean;
    readonly allowVolumeCreationWithDegradedAvailability: boolean;
    readonly deletingConfirmationFlag: boolean;
    /** `label:value` pairs, with semicolons between them. */
    readonly systemManagedComponentsNodeSelector: string;
}

/** Values of Longhorn 1.12; what is not here is the chart's default. */
export function longhornValues({ replicas, disposable, backups }: BlockStorageArgs): LonghornValues {
    return {
        persistence: { defaultClass: false, defaultClassReplicaCount: replicas, reclaimPolicy: "Retain" },
        defaultSettings: {
            defaultReplicaCount: replicas,
            // Longhorn reads the zone of a node: two copies on one host are one copy.
            replicaZoneSoftAntiAffinity: false,
            replicaSoftAntiAffinity: false,
            replicaAutoBalance: "least-effort",
            // Without it a pod of a dead node keeps its volume for ever, and the next one cannot start.
            nodeDownPodDeletionPolicy: "delete-both-statefulset-and-deployment-pod",
            nodeDrainPolicy: drainPolicy(replicas),
            detachManuallyAttachedVolumesWhenCordoned: true,
            allowVolumeCreationWithDegradedAvailability: false,
            deletingConfirmationFlag: disposable,
            systemManagedComponentsNodeSelector: `${NFS_LABEL}:true`,
        },
        longhornManager: { nodeSelector: STORAGE_NODES },
        longhornDriver: { nodeSelector: STORAGE_NODES },
        longhornUI: { nodeSelector: STORAGE_NODES },
        ...(backups && {
            defaultBackupStore: {
                backupTarget: backupTarget(backups),
                backupTargetCredentialSecret: BACKUP_SECRET,
            },
        }),
    };
}

/**
 * A drain waits for the last copy of a volume, and for no other. Where copies are on several hosts, such a one is moved while it
 * waits: it is left where its other copies were lost, or where the volume was made before the house had another host.
 */
function drainPolicy(replicas: number): LonghornSettings["nodeDrainPolicy"] {
    // One copy is for a house of one host: it could not be moved, and each volume would count as degraded while its node is cordoned.
    return replicas === 1 ? "block-if-contains-last-replica" : "block-for-eviction-if-contains-last-replica";
}

/** `s3://<bucket>@<region>/<folder>/`; without the slash at its end Longhorn takes it for no target. */
function backupTarget({ bucket, region, folder }: S3Target): pulumi.Output<string> {
    return pulumi.interpolate`s3://${bucket}@${region}/${folder === undefined ? "" : `${folder}/`}`;
}

/** The key as Longhorn reads it. */
export function backupCredentials({ endpoint, accessKeyId, secretAccessKey }: S3Target) {
    return { AWS_ENDPOINTS: endpoint, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
}
