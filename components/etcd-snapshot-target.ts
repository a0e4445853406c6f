import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import type { S3Target } from "./object-storage";

/** Name of the secret, in `kube-system`, where k3s looks for it (`etcd-s3-config-secret` of its servers). */
export const ETCD_SNAPSHOT_SECRET = "k3s-etcd-snapshot-s3-config";

export interface EtcdSnapshotTargetArgs {
    readonly target: S3Target;
    /** How many snapshots are kept in the bucket, of all servers together: k3s counts them by prefix, not by server. */
    readonly copies: number;
}

/**
 * Tells k3s' servers where they copy their snapshots of etcd to. As a secret of the cluster and not in their
 * configuration: a key that is changed reaches them without a restart. At a restore there is no cluster to read it from;
 * then the same settings are given on the command line's configuration file.
 */
export class EtcdSnapshotTarget extends pulumi.ComponentResource {
    constructor(name: string, args: EtcdSnapshotTargetArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:snapshots:EtcdSnapshotTarget", name, {}, opts);
        new k8s.core.v1.Secret(
            `${name}-secret`,
            {
                metadata: {
                    name: ETCD_SNAPSHOT_SECRET,
                    namespace: "kube-system",
                    labels: { "app.kubernetes.io/part-of": "backup", "app.kubernetes.io/managed-by": "pulumi" },
                },
                type: "etcd.k3s.cattle.io/s3-config-secret",
                stringData: snapshotSettings(args),
            },
            { parent: this },
        );
        this.registerOutputs();
    }
}

/**
 * Keys as `k3s-io/docs:docs/cli/etcd-snapshot.md` has them; k3s takes no scheme. What is kept on the disks says nothing of
 * the bucket: without a word of its own k3s keeps five there, or as many as one server does (k3s-io/k3s#13769).
 */
function snapshotSettings({ target, copies }: EtcdSnapshotTargetArgs): Record<string, pulumi.Input<string>> {
    const { host, protocol } = new URL(target.endpoint);
    return {
        "etcd-s3-endpoint": host,
        "etcd-s3-region": target.region,
        "etcd-s3-bucket": target.bucket,
        ...(target.folder === undefined ? {} : { "etcd-s3-folder": target.folder }),
        "etcd-s3-retention": String(copies),
        "etcd-s3-access-key": target.accessKeyId,
        "etcd-s3-secret-key": target.secretAccessKey,
        ...(protocol === "http:" ? { "etcd-s3-insecure": "true" } : {}),
    };
}
