import * as pulumi from "@pulumi/pulumi";
import * as s3 from "@pulumi/aws/s3";

/** A bucket for backups: every version kept, encrypted, closed to the public. */
export class BackupBucket extends pulumi.ComponentResource {
    readonly bucketName: pulumi.Output<string>;

    constructor(name: string, args: { readonly bucketName: string }, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:aws:BackupBucket", name, { bucketName: args.bucketName }, opts);
        const child = { parent: this };
        // Never emptied by the program: a backup that a `destroy` takes along is none.
        const bucket = new s3.Bucket(`${name}-bucket`, { bucket: args.bucketName, forceDestroy: false }, child);
        const part = { bucket: bucket.bucket };
        new s3.BucketVersioning(
            `${name}-versioning`,
            { ...part, versioningConfiguration: { status: "Enabled" } },
            child,
        );
        new s3.BucketServerSideEncryptionConfiguration(
            `${name}-encryption`,
            { ...part, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
            child,
        );
        new s3.BucketPublicAccessBlock(
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
        this.bucketName = bucket.bucket;
        this.registerOutputs({ bucketName: this.bucketName });
    }
}
