import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import type { S3Target } from "../../object-storage";
import { objectLabels, type Destination, type Identity } from "../../workload";
import { wayTo } from "../backup/remote";
import type { PostgresOperator } from "./operator";

export interface ArchiveArgs {
    /** The cluster that it belongs to. */
    readonly identity: Identity;
    readonly namespace: pulumi.Input<string>;
    readonly target: S3Target;
    readonly operator: PostgresOperator;
}

/**
 * Where a cluster keeps every change, `<folder>/<cluster>` of a bucket: what was written is there after five minutes at the
 * latest, and any moment between two base backups can be gone back to.
 */
export class Archive extends pulumi.ComponentResource {
    /** Name of the `ObjectStore`. */
    readonly storeName: pulumi.Output<string>;
    readonly reachable: Destination;

    constructor(name: string, args: ArchiveArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:data:Archive", name, {}, opts);
        const { identity, namespace, target, operator } = args;
        const { accessKeyId, secretAccessKey, region } = target;
        const metadata = { name: `${identity.name}-archive`, namespace, labels: objectLabels(identity) };
        const secret = new k8s.core.v1.Secret(
            `${name}-key`,
            { metadata, type: "Opaque", stringData: { accessKeyId, secretAccessKey, region } },
            { parent: this },
        );
        const key = (of: string) => ({ name: secret.metadata.name, key: of });
        const path =
            target.folder === undefined ? target.bucket : pulumi.interpolate`${target.bucket}/${target.folder}`;
        const store = new k8s.apiextensions.CustomResource(
            `${name}-store`,
            {
                apiVersion: "barmancloud.cnpg.io/v1",
                kind: "ObjectStore",
                metadata,
                spec: {
                    configuration: {
                        destinationPath: pulumi.interpolate`s3://${path}`,
                        endpointURL: target.endpoint,
                        s3Credentials: {
                            accessKeyId: key("accessKeyId"),
                            secretAccessKey: key("secretAccessKey"),
                            region: key("region"),
                        },
                        wal: { compression: "gzip" },
                        data: { compression: "gzip" },
                    },
                },
            },
            { parent: this, dependsOn: operator.archiver },
        );
        this.storeName = store.metadata.name;
        this.reachable = wayTo(target);
        this.registerOutputs();
    }
}
