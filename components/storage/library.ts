import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import type { ExistingClaim } from "../workload";
import { NFS_DRIVER, NFS_MOUNT_OPTIONS, type FileStorage } from "./file-storage";

/** Where every container sees the library. One path for all: download clients and managers hand paths to each other. */
export const LIBRARY_PATH = "/data";

export interface LibraryArgs {
    readonly files: FileStorage;
    readonly namespace: pulumi.Input<string>;
    /** Name of the namespace as plain text, part of the volume's name. */
    readonly namespaceName: string;
}

/**
 * The whole pool of the NAS as one volume, `library`, in one namespace. Media and downloads are folders of it: hard
 * links, and thus imports without copying, work within one mount only. Static: deleting it deletes no file.
 */
export class Library extends pulumi.ComponentResource {
    readonly volume: ExistingClaim;

    constructor(name: string, args: LibraryArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:storage:Library", name, { namespace: args.namespaceName }, opts);
        const labels = { "app.kubernetes.io/part-of": "storage", "app.kubernetes.io/managed-by": "pulumi" };
        const volume = new k8s.core.v1.PersistentVolume(
            `${name}-volume`,
            { metadata: { name: `library-${args.namespaceName}`, labels }, spec: volumeSpec(args) },
            { parent: this, dependsOn: args.files.release },
        );
        const claim = new k8s.core.v1.PersistentVolumeClaim(
            `${name}-claim`,
            {
                metadata: { name: "library", namespace: args.namespace, labels },
                spec: {
                    accessModes: ["ReadWriteMany"],
                    // An empty class, written out: without it the cluster's default class would make a new volume.
                    storageClassName: "",
                    volumeName: volume.metadata.name,
                    resources: { requests: { storage: CAPACITY } },
                },
            },
            { parent: this },
        );
        this.volume = { kind: "claim", name: "library", claimName: claim.metadata.name, needsNfs: true };
        this.registerOutputs({ claimName: claim.metadata.name });
    }
}

/** Kubernetes wants a size and enforces none on NFS. */
const CAPACITY = "10Ti";

function volumeSpec(args: LibraryArgs) {
    const { nas } = args.files;
    return {
        capacity: { storage: CAPACITY },
        accessModes: ["ReadWriteMany"],
        persistentVolumeReclaimPolicy: "Retain",
        storageClassName: "",
        mountOptions: NFS_MOUNT_OPTIONS,
        csi: {
            driver: NFS_DRIVER,
            // Unique in the cluster; the driver itself reads only the attributes of a static volume.
            volumeHandle: `${nas.address}#${nas.export}#${args.namespaceName}`,
            volumeAttributes: { server: nas.address, share: nas.export },
        },
    };
}
