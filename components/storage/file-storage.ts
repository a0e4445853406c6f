import * as pulumi from "@pulumi/pulumi";
import type * as k8s from "@pulumi/kubernetes";
import { Namespace } from "../namespace";
import { charts } from "../versions";
import { NFS_LABEL } from "../workload";
import { chartRelease } from "../chart-release";
import { makeClass, type ClassSpec, type MadeClass } from "./made-class";

/** The NAS and what it exports. */
export interface Nas {
    /** Address of the NFS server. */
    readonly address: string;
    /** Exported path, for example `/mnt/pool`. */
    readonly export: string;
    /** Version of NFS that its share is mounted in. */
    readonly nfsVersion: NfsVersion;
}

/** Versions with locks that outlive a restart of the NAS. */
export type NfsVersion = "4.2" | "4.1";

/** A NAS and its share as NFS writes them, `<address>:<export>`. */
export function shareOf({ address, export: path }: Pick<Nas, "address" | "export">): string {
    return `${address}:${path}`;
}

/** Name of the CSI driver, in classes and volumes. */
export const NFS_DRIVER = "nfs.csi.k8s.io";

/**
 * `hard`: a NAS that is away makes programs wait; `soft` would tell them that a write had worked. Version 4.1 has locks that
 * outlive a restart, 4.2 sparse files and copies within the NAS besides; `noatime` so that watching a film writes nothing.
 */
export function nfsMountOptions({ nfsVersion }: Pick<Nas, "nfsVersion">): string[] {
    return [`nfsvers=${nfsVersion}`, "hard", "noatime", "nconnect=4"];
}

/**
 * For files that one node writes and another one waits for. By default a node asks the NAS again after 3 to 60 seconds, for
 * files that it did not find as well; a second is what a film can wait.
 */
export function nfsFreshOptions(nas: Pick<Nas, "nfsVersion">): string[] {
    return [...nfsMountOptions(nas), "actimeo=1", "lookupcache=positive"];
}

/**
 * Mode of a claim's directory. By the driver's default, `0`, it "does not run chmod": the directory stays as its controller
 * makes it, root's own with mode 0755, and no program that runs as another user can write (`docs/driver-parameters.md`, "When to
 * set mountPermissions"). The driver's better way, a volume group of the pod, is the one that would walk over the library.
 * Open to all is open to the pods that have the claim: the NAS lets no one in but the nodes.
 */
const DIRECTORY_MODE = "0777";

/**
 * Volumes on the NAS (csi-driver-nfs), and a class for what several pods read and write. The class has two names:
 * `files-shared`, and `nfs-client`, which charts and manifests from elsewhere ask for.
 */
export class FileStorage extends pulumi.ComponentResource {
    readonly kind = "nas";
    readonly nas: Nas;
    /** Class of directories below `<export>/apps/`; kept when their claim is deleted. */
    readonly ownClass: MadeClass;
    readonly className: string;
    /** The same under its other name. */
    readonly nfsClientClass: MadeClass;
    readonly release: k8s.helm.v3.Release;

    constructor(name: string, args: { readonly nas: Nas }, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:storage:FileStorage", name, { nas: args.nas }, opts);
        this.nas = args.nas;
        // Its node pods mount file systems on the node: host paths, privileged.
        const namespace = new Namespace(
            "csi-driver-nfs",
            { podSecurity: "privileged", partOf: "storage" },
            { parent: this },
        );
        this.release = chartRelease(
            `${name}-csi`,
            {
                releaseName: "csi-driver-nfs",
                pin: charts.csiDriverNfs,
                namespace: namespace.name,
                values: { ...nfsValues() },
            },
            { parent: this },
        );
        const after = { parent: this, dependsOn: this.release };
        this.ownClass = makeClass(`${name}-class`, sharedClass("files-shared", args.nas), after);
        this.nfsClientClass = makeClass(`${name}-class-nfs-client`, sharedClass("nfs-client", args.nas), after);
        this.className = this.ownClass.className;
        this.registerOutputs({ className: this.className });
    }
}

/** Values of csi-driver-nfs that the house sets. */
export interface NfsValues {
    readonly feature: { readonly enableFSGroupPolicy: boolean };
    readonly controller: {
        readonly defaultOnDeletePolicy: "retain" | "archive" | "delete";
        readonly nodeSelector: Readonly<Record<string, string>>;
    };
    readonly node: { readonly nodeSelector: Readonly<Record<string, string>> };
    readonly storageClass: { readonly create: boolean };
}

/** Values of csi-driver-nfs 4.13. */
export function nfsValues(): NfsValues {
    // What has no NFS client is not used: an arm64 board without one crashed the pods that were put there.
    const nodeSelector = { [NFS_LABEL]: "true" };
    return {
        // Else a pod with a volume group walks over the whole library and changes its owner at each start.
        feature: { enableFSGroupPolicy: false },
        controller: { defaultOnDeletePolicy: "retain", nodeSelector },
        node: { nodeSelector },
        storageClass: { create: false },
    };
}

/** A class of directories below `<export>/apps/`. */
export function sharedClass(name: string, nas: Nas, mountOptions = nfsMountOptions(nas)): ClassSpec {
    return {
        metadata: {
            name,
            labels: { "app.kubernetes.io/part-of": "storage", "app.kubernetes.io/managed-by": "pulumi" },
        },
        provisioner: NFS_DRIVER,
        reclaimPolicy: "Retain",
        volumeBindingMode: "Immediate",
        mountOptions,
        parameters: {
            server: nas.address,
            share: nas.export,
            subDir: "apps/${pvc.metadata.namespace}/${pvc.metadata.name}",
            onDelete: "retain",
            mountPermissions: DIRECTORY_MODE,
        },
    };
}
