import { partition, type Statement } from "./policy-document";

/** What a house keeps in buckets. */
export type Purpose = "longhorn" | "databases" | "etcd";

/** Purposes in the order in which a house reads. */
export const purposes: readonly Purpose[] = ["longhorn", "databases", "etcd"];

/**
 * What each program does with the objects of its bucket; all of them list it. None may delete a version or change a
 * setting: who gets hold of a key can spoil what is current, and the versions before it stay.
 */
const objectActions: Readonly<Record<Purpose, readonly string[]>> = {
    // longhorn/website: content/docs, "Set up AWS S3 Backupstore".
    longhorn: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
    // Barman writes in parts and gives up what it did not finish (cloudnative-pg: docs, "Object stores", AWS S3).
    databases: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
    // k3s uses MinIO's client, which resumes uploads by their parts (k3s-io/k3s: pkg/etcd/s3).
    etcd: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
};

/**
 * Purposes whose programs send a checksum with all that they write. A bucket with a lock of its own refuses what comes without
 * (AWS: S3 user guide, "Object Lock considerations"): Longhorn sends one where an operation asks for it in itself only
 * (longhorn/backupstore: s3/s3_service.go), k3s with parts of large snapshots only (minio/minio-go: api-put-object-streaming.go).
 */
export const lockable: ReadonlySet<Purpose> = new Set(["databases"]);

/** The rights of the program that keeps `purpose` in `bucket`. */
export function bucketGrant(purpose: Purpose, region: string, bucket: string): Statement[] {
    const arn = bucketArn(region, bucket);
    return [
        { effect: "Allow", actions: ["s3:ListBucket", "s3:GetBucketLocation"], resources: [arn] },
        { effect: "Allow", actions: objectActions[purpose], resources: [`${arn}/*`] },
    ];
}

/** ARN of a bucket, known before it is made. */
export function bucketArn(region: string, bucket: string): string {
    return `arn:${partition(region)}:s3:::${bucket}`;
}

/** Requests in plain text are refused, and those of TLS before 1.2, whoever makes them. */
export function encryptedTransportOnly(region: string, bucket: string): Statement[] {
    const arn = bucketArn(region, bucket);
    const refused = { effect: "Deny", actions: ["s3:*"], resources: [arn, `${arn}/*`], principals: "*" } as const;
    return [
        { ...refused, conditions: { Bool: { "aws:SecureTransport": ["false"] } } },
        { ...refused, conditions: { NumericLessThan: { "s3:TlsVersion": ["1.2"] } } },
    ];
}

/**
 * The rights to prove by DNS-01 that `domain` and the names below it are ours (cert-manager: docs, "Route53"): its
 * `_acme-challenge` TXT records in one zone. The zone's other records are out of reach: nobody sends the house's mail
 * elsewhere with this key.
 */
export function challengeGrant(region: string, hostedZoneId: string, domain: string): Statement[] {
    const zone = `arn:${partition(region)}:route53:::hostedzone/${hostedZoneId}`;
    return [
        { effect: "Allow", actions: ["route53:GetChange"], resources: [`arn:${partition(region)}:route53:::change/*`] },
        { effect: "Allow", actions: ["route53:ListResourceRecordSets"], resources: [zone] },
        {
            effect: "Allow",
            actions: ["route53:ChangeResourceRecordSets"],
            resources: [zone],
            conditions: {
                "ForAllValues:StringEquals": { "route53:ChangeResourceRecordSetsRecordTypes": ["TXT"] },
                "ForAllValues:StringLike": {
                    "route53:ChangeResourceRecordSetsNormalizedRecordNames": [
                        `_acme-challenge.${domain}`,
                        `_acme-challenge.*.${domain}`,
                    ],
                },
            },
        },
    ];
}

/** Name of an account's registry. */
export function registryHost(region: string, accountId: string): string {
    return `${accountId}.dkr.ecr.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}

/** The rights to pull images of some repositories. A login itself is for the account, and AWS takes no other resource. */
export function pullGrant(region: string, accountId: string, repositories: readonly string[]): Statement[] {
    const registry = `arn:${partition(region)}:ecr:${region}:${accountId}:repository`;
    return [
        { effect: "Allow", actions: ["ecr:GetAuthorizationToken"], resources: ["*"] },
        {
            effect: "Allow",
            actions: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            resources: repositories.map((repository) => `${registry}/${repository}`),
        },
    ];
}
