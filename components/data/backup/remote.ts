import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import type { S3Target } from "../../object-storage";
import { fromOutput, fromSecret, objectLabels, type Destination, type Env, type Identity } from "../../workload";

/** Addresses that a target may have; a name with letters at its end is none. */
const ADDRESS = /^\d+\.\d+\.\d+\.\d+$/;
const AMAZON = /(^|\.)amazonaws\.com(\.cn)?$/;

/** Whether a target is at Amazon itself. */
export function isAmazon({ endpoint }: Pick<S3Target, "endpoint">): boolean {
    return AMAZON.test(new URL(endpoint).hostname);
}

/**
 * Where a pod must be let out to for a target. Amazon's servers are on the internet, an address is itself. Another name may
 * be one of the house's NAS or of anybody else: nobody knows before it is asked, so its port is opened everywhere.
 */
export function wayTo(target: S3Target): Destination {
    const { hostname, port, protocol } = new URL(target.endpoint);
    const number = port === "" ? (protocol === "http:" ? 80 : 443) : Number(port);
    if (ADDRESS.test(hostname)) {
        return { kind: "addresses", cidr: `${hostname}/32`, ports: [number] };
    }
    return isAmazon(target)
        ? { kind: "internet", ports: [number] }
        : { kind: "addresses", cidr: "0.0.0.0/0", ports: [number] };
}

export interface RemoteArgs {
    readonly target: S3Target;
    /** Folder below that of the target, without slashes at its ends. */
    readonly folder: string;
    /** Whose key it is here; decides name and labels of the secret. */
    readonly identity: Identity;
    readonly namespace: pulumi.Input<string>;
}

/** A folder of a bucket as rclone knows it: `TARGET` and the settings of its remote, the key from a secret. */
export class Remote extends pulumi.ComponentResource {
    readonly env: Env;
    readonly reachable: Destination;
    /** Secret with `accessKeyId` and `secretAccessKey`. */
    readonly secretName: pulumi.Output<string>;

    constructor(name: string, args: RemoteArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:data:Remote", name, { folder: args.folder }, opts);
        const { target, folder, identity, namespace } = args;
        const secret = new k8s.core.v1.Secret(
            `${name}-key`,
            {
                metadata: { name: `${identity.name}-s3`, namespace, labels: objectLabels(identity) },
                type: "Opaque",
                stringData: { accessKeyId: target.accessKeyId, secretAccessKey: target.secretAccessKey },
            },
            { parent: this },
        );
        this.secretName = secret.metadata.name;
        const path = [target.folder, folder].filter((part) => part !== undefined && part !== "").join("/");
        this.env = {
            TARGET: fromOutput(pulumi.interpolate`house:${target.bucket}/${path}`),
            ...remoteEnv(target),
            RCLONE_CONFIG_HOUSE_ACCESS_KEY_ID: fromSecret(this.secretName, "accessKeyId"),
            RCLONE_CONFIG_HOUSE_SECRET_ACCESS_KEY: fromSecret(this.secretName, "secretAccessKey"),
        };
        this.reachable = wayTo(target);
        this.registerOutputs();
    }
}

/**
 * The remote `house`, without its key. A stream has no length, so rclone cannot choose the size of its parts: 10,000 parts
 * of 16 MiB are 156 GiB, and two at a time take 32 MiB of memory.
 */
export function remoteEnv({ endpoint, region }: Pick<S3Target, "endpoint" | "region">): Record<string, string> {
    return {
        RCLONE_CONFIG: "/tmp/none",
        RCLONE_LOG_LEVEL: "ERROR",
        RCLONE_CONFIG_HOUSE_TYPE: "s3",
        RCLONE_CONFIG_HOUSE_PROVIDER: isAmazon({ endpoint }) ? "AWS" : "Other",
        RCLONE_CONFIG_HOUSE_ENDPOINT: endpoint,
        RCLONE_CONFIG_HOUSE_REGION: region,
        // The key may write objects and may not make buckets.
        RCLONE_S3_NO_CHECK_BUCKET: "true",
        RCLONE_S3_CHUNK_SIZE: "16Mi",
        RCLONE_S3_UPLOAD_CONCURRENCY: "2",
    };
}
