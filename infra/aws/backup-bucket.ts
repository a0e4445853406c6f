import * as pulumi from "@pulumi/pulumi";
import * as s3 from "@pulumi/aws/s3";
import { encryptedTransportOnly } from "./grants";
import { policyDocument } from "./policy-document";

export interface BackupBucketArgs {
    readonly bucketName: string;
    readonly region: string;
    /** Days in which a deleted or overwritten object can be brought back. */
    readonly keepDeletedDays: number;
    /** Days in which no version can be deleted, but by who may bypass it; `undefined`: no lock. */
    readonly lockDays: number | undefined;
}

/**
 * A house that is ended, or keeps its backups elsewhere, leaves the bucket as it is, closed and with its versions: a backup that
 * a `destroy` takes along is none, and S3 deletes no bucket that has something in it.
 */
const STAYS = { retainOnDelete: true } as const;

/**
 * A bucket for backups: every version kept for a while, encrypted, closed to the public, asked over TLS only. What is
 * current never expires by itself: only the program that wrote it knows what it still needs.
 */
export class BackupBucket extends pulumi.ComponentResource {
    readonly bucketName: pulumi.Output<string>;

    constructor(name: string, args: BackupBucketArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:aws:BackupBucket", name, { ...args }, opts);
        const { bucketName, lockDays } = args;
        const child = { parent: this, ...STAYS };
        const bucket = new s3.Bucket(
            `${name}-bucket`,
            // Never emptied by the program either.
            { bucket: bucketName, forceDestroy: false, objectLockEnabled: lockDays !== undefined },
            child,
        );
        const part = { bucket: bucket.bucket };
        const versioning = new s3.BucketVersioning(
            `${name}-versioning`,
            { ...part, versioningConfiguration: { status: "Enabled" } },
            child,
        );
        const closed = this.close(name, args, part);
        // A rule for earlier versions is refused while there are none, and a lock as well.
        const versioned = { ...child, dependsOn: [versioning] };
        new s3.BucketLifecycleConfiguration(
            `${name}-lifecycle`,
            { ...part, rules: lifecycle(args.keepDeletedDays) },
            versioned,
        );
        if (lockDays !== undefined) {
            new s3.BucketObjectLockConfiguration(
                `${name}-lock`,
                { ...part, rule: { defaultRetention: { mode: "GOVERNANCE", days: lockDays } } },
                versioned,
            );
        }
        // Whoever writes into it waits until it is closed.
        this.bucketName = pulumi.all([bucket.bucket, closed.id]).apply(([own]) => own);
        this.registerOutputs({ bucketName: this.bucketName });
    }

    private close(name: string, { region, bucketName }: BackupBucketArgs, part: { bucket: pulumi.Output<string> }) {
        const child = { parent: this, ...STAYS };
        new s3.BucketServerSideEncryptionConfiguration(
            `${name}-encryption`,
            { ...part, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
            child,
        );
        const access = new s3.BucketPublicAccessBlock(
            `${name}-access`,
            {
                ...part,
                blockPublicAcls: true,
                blockPublicPolicy: true,
                ignorePublicAcls: true,
                restrictPublicBuckets: true,
            },
            child,
        );
        // S3 takes one of these two at a time ("a conflicting conditional operation is in progress").
        return new s3.BucketPolicy(
            `${name}-policy`,
            { ...part, policy: policyDocument(encryptedTransportOnly(region, bucketName)) },
            { ...child, dependsOn: [access] },
        );
    }
}

function lifecycle(keepDeletedDays: number) {
    return [
        {
            id: "earlier-versions",
            status: "Enabled",
            filter: { prefix: "" },
            noncurrentVersionExpiration: { noncurrentDays: keepDeletedDays },
            // A marker that stands for nothing any more is listed all the same.
            expiration: { expiredObjectDeleteMarker: true },
        },
        {
            id: "broken-off-uploads",
            status: "Enabled",
            filter: { prefix: "" },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
    ];
}
