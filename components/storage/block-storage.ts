import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import { Namespace } from "../namespace";
import { charts } from "../versions";
import type { ClaimTemplate } from "../workload";
import { NFS_LABEL } from "../workload";
import { chartRelease } from "../chart-release";

export interface BlockStorageArgs {
    /** Copies of each volume, each on another host. */
    readonly replicas: number;
    /** Whether Longhorn may be uninstalled with all its volumes; else it refuses, whoever asks. */
    readonly disposable: boolean;
}

/**
 * Replicated block volumes on the machines' own disks (Longhorn), and the class `block-replicated` for claims.
 * Volumes are kept when their claim is deleted: taking data away is a decision of a person.
 */
export class BlockStorage extends pulumi.ComponentResource {
    /** Name of the storage class; whoever uses it waits for the driver. */
    readonly className: pulumi.Output<string>;
    readonly release: k8s.helm.v3.Release;

    constructor(name: string, args: BlockStorageArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:storage:BlockStorage", name, { replicas: args.replicas }, opts);
        // Mounts host paths and runs privileged: that is what a storage driver is.
        const namespace = new Namespace(
            "longhorn-system",
            { podSecurity: "privileged", partOf: "storage" },
            { parent: this },
        );
        this.release = chartRelease(
            `${name}-longhorn`,
            {
                releaseName: "longhorn",
                pin: charts.longhorn,
                namespace: namespace.name,
                values: longhornValues(args),
                timeoutSeconds: 900,
            },
            { parent: this },
        );
        const storageClass = new k8s.storage.v1.StorageClass(`${name}-class`, replicatedClass(args.replicas), {
            parent: this,
            dependsOn: this.release,
        });
        this.className = storageClass.metadata.name;
        this.registerOutputs({ className: this.className });
    }

    /** A claim for each pod of a StatefulSet. @param size a Kubernetes quantity, for example `20Gi`. */
    claimTemplate(name: string, size: string): ClaimTemplate {
        return { kind: "template", name, storageClass: this.className, size };
    }
}

/** Only on nodes that were prepared for storage: elsewhere its manager fails without an iSCSI client. */
const STORAGE_NODES = { [NFS_LABEL]: "true" };

/** Values of Longhorn 1.12; what is not here is the chart's default. */
export function longhornValues({ replicas, disposable }: BlockStorageArgs): Record<string, unknown> {
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
            detachManuallyAttachedVolumesWhenCordoned: true,
            allowVolumeCreationWithDegradedAvailability: false,
            deletingConfirmationFlag: disposable,
            systemManagedComponentsNodeSelector: `${NFS_LABEL}:true`,
        },
        longhornManager: { nodeSelector: STORAGE_NODES },
        longhornDriver: { nodeSelector: STORAGE_NODES },
        longhornUI: { nodeSelector: STORAGE_NODES },
    };
}

function replicatedClass(replicas: number): k8s.storage.v1.StorageClassArgs {
    return {
        metadata: {
            name: "block-replicated",
            labels: { "app.kubernetes.io/part-of": "storage", "app.kubernetes.io/managed-by": "pulumi" },
        },
        provisioner: "driver.longhorn.io",
        reclaimPolicy: "Retain",
        volumeBindingMode: "Immediate",
        allowVolumeExpansion: true,
        // All parameters are texts; a change replaces the class and concerns new volumes only.
        parameters: {
            numberOfReplicas: String(replicas),
            staleReplicaTimeout: "30",
            fsType: "ext4",
            dataLocality: "best-effort",
        },
    };
}
