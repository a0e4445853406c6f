import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import type { ExistingClaim } from "../workload";
import type { ExistingSharedClass, SharedVolumes } from "./existing-class";
import { NFS_DRIVER, nfsMountOptions, type FileStorage, type Nas } from "./file-storage";

/** Where every container sees the library. One path for all: download clients and managers hand paths to each other. */
export const LIBRARY_PATH = "/data";

export interface LibraryArgs {
    readonly files: SharedVolumes;
    readonly namespace: pulumi.Input<string>;
    /** Name of the namespace as plain text, part of the volume's name. */
    readonly namespaceName: string;
}

const LABELS = { "app.kubernetes.io/part-of": "storage", "app.kubernetes.io/managed-by": "pulumi" };

/**
 * The whole pool of the NAS as one volume, `library`, in one namespace. Media and downloads are folders of it: hard
 * links, and thus imports without copying, work within one mount only. Static: deleting it deletes no file.
 *
 * On a class of the cluster it is a volume of that class, which belongs to its one namespace.
 */
export class Library extends pulumi.ComponentResource {
    readonly volume: ExistingClaim;

    constructor(name: string, args: LibraryArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:storage:Library", name, { namespace: args.namespaceName }, opts);
        const { files } = args;
        const claim = new k8s.core.v1.PersistentVolumeClaim(
            `${name}-claim`,
            {
                metadata: { name: "library", namespace: args.namespace, labels: LABELS },
                spec: files.kind === "nas" ? this.claimOfNas(name, args, files) : claimOfClass(files),
            },
            { parent: this },
        );
        const needsNfs = files.kind === "nas";
        this.volume = { kind: "claim", name: "library", claimName: claim.metadata.name, needsNfs };
        this.registerOutputs({ claimName: claim.metadata.name });
    }

    private claimOfNas(name: string, { namespaceName }: LibraryArgs, files: FileStorage): ClaimSpec {
        const volume = new k8s.core.v1.PersistentVolume(
            `${name}-volume`,
            {
                metadata: { name: `library-${namespaceName}`, labels: LABELS },
                spec: volumeSpec(files.nas, namespaceName),
            },
            { parent: this, dependsOn: files.release },
        );
        return {
            accessModes: ["ReadWriteMany"],
            // An empty class, written out: without it the cluster's default class would make a new volume.
            storageClassName: "",
            volumeName: volume.metadata.name,
            resources: { requests: { storage: CAPACITY } },
        };
    }
}

type ClaimSpec = k8s.types.input.core.v1.PersistentVolumeClaimSpec;

function claimOfClass({ className, accessMode, librarySize }: ExistingSharedClass): ClaimSpec {
    return {
        accessModes: [accessMode],
        storageClassName: className,
        resources: { requests: { storage: librarySize } },
    };
}

/** Kubernetes wants a size and enforces none on NFS. */
const CAPACITY = "10Ti";

function volumeSpec(nas: Nas, namespaceName: string) {
    return {
        capacity: { storage: CAPACITY },
        accessModes: ["ReadWriteMany"],
        persistentVolumeReclaimPolicy: "Retain",
        storageClassName: "",
        mountOptions: nfsMountOptions(nas),
        csi: {
            driver: NFS_DRIVER,
            // Unique in the cluster; the driver itself reads only the attributes of a static volume.
            volumeHandle: `${nas.address}#${nas.export}#${namespaceName}`,
            volumeAttributes: { server: nas.address, share: nas.export },
        },
    };
}
