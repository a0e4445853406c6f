import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import { holdsNoData } from "../holds-no-data";
import type { ExistingClaim } from "../workload";
import type { SharedVolumes } from "./existing-class";
import type { MadeClass } from "./made-class";

export interface SharedClaimArgs {
    readonly files: SharedVolumes;
    /** Name of the claim, and of the directory `<export>/apps/<namespace>/<name>` on the NAS. */
    readonly claimName: string;
    readonly namespace: pulumi.Input<string>;
    /** A Kubernetes quantity; NFS does not enforce it. */
    readonly size: string;
    /** A class in place of the one of `files`. */
    readonly ofClass?: MadeClass | undefined;
    /** Why nobody misses what is on it, where nobody does: it is not protected then. */
    readonly dispensable?: string;
}

/** A directory on the NAS that several pods read and write at once. No place for a database: NFS locks are not enough. */
export class SharedClaim extends pulumi.ComponentResource {
    readonly volume: ExistingClaim;

    constructor(name: string, args: SharedClaimArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:storage:SharedClaim", name, { claimName: args.claimName }, opts);
        const { files, dispensable } = args;
        const made = args.ofClass ?? (files.kind === "nas" ? files.ownClass : undefined);
        const claim = new k8s.core.v1.PersistentVolumeClaim(
            `${name}-claim`,
            {
                metadata: {
                    name: args.claimName,
                    namespace: args.namespace,
                    labels: { "app.kubernetes.io/part-of": "storage", "app.kubernetes.io/managed-by": "pulumi" },
                    ...(dispensable === undefined ? {} : { annotations: holdsNoData(dispensable) }),
                },
                spec: {
                    accessModes: [files.kind === "class" ? files.accessMode : "ReadWriteMany"],
                    storageClassName: made?.className ?? files.className,
                    resources: { requests: { storage: args.size } },
                },
            },
            {
                parent: this,
                dependsOn: made === undefined ? [] : [made.resource],
                ...(dispensable === undefined ? {} : { protect: false }),
            },
        );
        const needsNfs = files.kind === "nas";
        this.volume = { kind: "claim", name: args.claimName, claimName: claim.metadata.name, needsNfs };
        this.registerOutputs({ claimName: claim.metadata.name });
    }
}
