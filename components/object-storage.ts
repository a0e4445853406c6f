import type * as pulumi from "@pulumi/pulumi";

/**
 * One bucket of a server that speaks S3, with a key that may do there what its purpose needs and nothing else. Whoever
 * takes it waits for the bucket and the key.
 */
export interface S3Target {
    /** Address of the server without a path: `https://s3.eu-central-1.amazonaws.com`, `https://nas.example.org:9000`. */
    readonly endpoint: string;
    /** Region that requests are signed for: `eu-central-1`. */
    readonly region: string;
    readonly bucket: pulumi.Input<string>;
    /** Folder in the bucket, without slashes at its ends; default: the bucket's root. */
    readonly folder?: string;
    /** Secret. */
    readonly accessKeyId: pulumi.Output<string>;
    /** Secret. */
    readonly secretAccessKey: pulumi.Output<string>;
}

/** The buckets of a house, each purpose in one of its own. */
export interface ObjectStorage {
    /** Backups of volumes. */
    readonly longhorn: S3Target;
    /** Dumps and archives of databases. */
    readonly databases: S3Target;
    /** Snapshots of the cluster's own state. */
    readonly etcd: S3Target;
    /** Days in which a dump or an archive in `databases` is kept. */
    readonly keepDumpsDays: number;
}
