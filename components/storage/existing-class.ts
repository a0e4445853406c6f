import * as pulumi from "@pulumi/pulumi";
import type { ClaimTemplate } from "../workload";
import type { BlockPurpose } from "./block-classes";
import type { FileStorage } from "./file-storage";

/** Where volumes come from that one pod uses. */
export interface BlockVolumes {
    /**
     * A claim for each pod of a StatefulSet.
     * @param name of the claim, before the name of the pod.
     * @param size a Kubernetes quantity, for example `20Gi`.
     */
    claimTemplate(purpose: BlockPurpose, name: string, size: string): ClaimTemplate;
}

/** Where volumes come from that several pods use: the NAS, or a class of the cluster. */
export type SharedVolumes = FileStorage | ExistingSharedClass;

/**
 * A storage class that the cluster brings, for volumes of one pod. How many copies there are, and whether a volume is
 * kept when its claim is deleted, is decided where the class is made. All purposes are one to it.
 */
export class ExistingBlockClass extends pulumi.ComponentResource implements BlockVolumes {
    constructor(
        name: string,
        private readonly args: { readonly className: string },
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("homelab:storage:ExistingClass", name, { className: args.className }, opts);
        this.registerOutputs();
    }

    claimTemplate(purpose: BlockPurpose, name: string, size: string): ClaimTemplate {
        const { className: storageClass } = this.args;
        return { kind: "template", name, storageClass, size, anyNode: true, holdsNoData: purpose === "scratch" };
    }
}

export interface ExistingSharedClassArgs {
    readonly className: string;
    /** `ReadWriteOnce` is enough where all pods are on one node. */
    readonly accessMode: "ReadWriteMany" | "ReadWriteOnce";
    /** Size of the library, a Kubernetes quantity. */
    readonly librarySize: string;
}

/** A storage class that the cluster brings, for volumes that several pods use, the library among them. */
export class ExistingSharedClass extends pulumi.ComponentResource {
    readonly kind = "class";
    readonly className: string;
    readonly accessMode: ExistingSharedClassArgs["accessMode"];
    readonly librarySize: string;

    constructor(name: string, args: ExistingSharedClassArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:storage:ExistingClass", name, { className: args.className }, opts);
        this.className = args.className;
        this.accessMode = args.accessMode;
        this.librarySize = args.librarySize;
        this.registerOutputs();
    }
}
