import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import * as random from "@pulumi/random";
import type { S3Target } from "../../object-storage";
import { objectLabels, type Destination, type Identity } from "../../workload";
import { isAmazon, wayTo } from "../backup/remote";
import type { ClusterArchive } from "./cluster-spec";

/** Bucket of an archive, and who keeps it there. */
export interface ArchivePlace {
    readonly target: S3Target;
    /** Days that can be gone back to. Barman keeps what that needs: the base backup before them, and every change since. */
    readonly keepDays: number;
    /** Release of the plugin, which brings the kind. */
    readonly archiver: pulumi.Resource;
}

export interface ArchiveArgs extends ArchivePlace {
    /** The cluster that it belongs to. */
    readonly identity: Identity;
    readonly namespace: pulumi.Input<string>;
}

/**
 * Of the plugin beside each server, which starts one of Barman's programs for each segment and for each backup. Each takes
 * up to 71 MiB and half a second of a processor (measured in the lab). Who takes over asks it what the last one has left,
 * so it gets its processor as soon as the server itself.
 */
const SIDECAR = { requests: { cpu: "200m", memory: "96Mi" }, limits: { memory: "512Mi" } };

/**
 * Barman's library signs a checksum of each part since 2025, which other servers than Amazon's need not know (boto3 1.36;
 * plugin-barman-cloud: docs, "Object stores"). It asks for them still where they are required.
 */
const PLAIN_CHECKSUMS = [
    { name: "AWS_REQUEST_CHECKSUM_CALCULATION", value: "when_required" },
    { name: "AWS_RESPONSE_CHECKSUM_VALIDATION", value: "when_required" },
];

/**
 * Where a cluster keeps every change, `<folder>/<name>` of a bucket: what was written is there after five minutes at the
 * latest, and any moment between two base backups can be gone back to.
 */
export class Archive extends pulumi.ComponentResource {
    readonly ofCluster: ClusterArchive;
    readonly reachable: Destination;

    constructor(name: string, args: ArchiveArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:data:Archive", name, {}, opts);
        const { identity, namespace, target, keepDays, archiver } = args;
        const metadata = { name: `${identity.name}-archive`, namespace, labels: objectLabels(identity) };
        const store = new k8s.apiextensions.CustomResource(
            `${name}-store`,
            {
                apiVersion: "barmancloud.cnpg.io/v1",
                kind: "ObjectStore",
                metadata,
                spec: {
                    retentionPolicy: `${keepDays}d`,
                    configuration: storeOf(target, this.createKey(name, args, metadata)),
                    instanceSidecarConfiguration: {
                        resources: SIDECAR,
                        ...(isAmazon(target) ? {} : { env: PLAIN_CHECKSUMS }),
                    },
                },
            },
            { parent: this, dependsOn: archiver },
        );
        this.ofCluster = { storeName: store.metadata.name, serverName: this.createFolder(name, identity) };
        this.reachable = wayTo(target);
        this.registerOutputs();
    }

    /**
     * A cluster that is made anew, as after a change of the mode and back, starts a history of its own, and refuses to
     * archive it into the folder of another. The name lives as long as the state of the stack: where the cluster alone was
     * lost a person replaces it (docs/how-to/change-the-database-mode.md), for what would do so by itself, such as the uid
     * of the namespace as a keeper, would also give a cluster that lives a new folder.
     */
    private createFolder(name: string, identity: Identity): pulumi.Output<string> {
        const life = new random.RandomString(
            `${name}-life`,
            { length: 6, special: false, upper: false },
            { parent: this },
        );
        return pulumi.interpolate`${identity.name}-${life.result}`;
    }

    private createKey(
        name: string,
        { target }: ArchiveArgs,
        metadata: k8s.types.input.meta.v1.ObjectMeta,
    ): pulumi.Output<string> {
        const { accessKeyId, secretAccessKey, region } = target;
        const secret = new k8s.core.v1.Secret(
            `${name}-key`,
            { metadata, type: "Opaque", stringData: { accessKeyId, secretAccessKey, region } },
            { parent: this },
        );
        return secret.metadata.name;
    }
}

/** @param secretName where the key is */
function storeOf({ bucket, folder, endpoint }: S3Target, secretName: pulumi.Output<string>) {
    const key = (of: string) => ({ name: secretName, key: of });
    return {
        destinationPath:
            folder === undefined ? pulumi.interpolate`s3://${bucket}` : pulumi.interpolate`s3://${bucket}/${folder}`,
        endpointURL: endpoint,
        s3Credentials: {
            accessKeyId: key("accessKeyId"),
            secretAccessKey: key("secretAccessKey"),
            region: key("region"),
        },
        // One at a time: after each change of who writes, standbys ask for segments that are not there yet, and with more
        // each of them would start as many programs as often.
        wal: { compression: "gzip" },
        // Nothing can be gone back to before the first one is done; a checkpoint that takes its time takes minutes.
        data: { compression: "gzip", immediateCheckpoint: true },
    };
}
