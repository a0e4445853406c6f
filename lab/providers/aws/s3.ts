import {
    BucketLocationConstraint,
    type BucketVersioningStatus,
    CreateBucketCommand,
    DeleteBucketCommand,
    DeleteBucketEncryptionCommand,
    DeleteBucketLifecycleCommand,
    DeleteBucketPolicyCommand,
    DeleteObjectsCommand,
    DeletePublicAccessBlockCommand,
    GetBucketEncryptionCommand,
    GetBucketLifecycleConfigurationCommand,
    GetBucketPolicyCommand,
    GetBucketTaggingCommand,
    GetBucketVersioningCommand,
    GetObjectLockConfigurationCommand,
    GetPublicAccessBlockCommand,
    HeadBucketCommand,
    type LifecycleRule,
    ListObjectVersionsCommand,
    type ObjectLockRule,
    PutBucketEncryptionCommand,
    PutBucketLifecycleConfigurationCommand,
    PutBucketPolicyCommand,
    PutBucketTaggingCommand,
    PutBucketVersioningCommand,
    PutObjectLockConfigurationCommand,
    PutPublicAccessBlockCommand,
    type S3Client,
    type ServerSideEncryptionRule,
} from "@aws-sdk/client-s3";
import { textOf } from "../../plain-values";
import type { Properties, Value } from "../kit/provider";
import { isProperties } from "../kit/values";
import { type AwsType, unlessMissing } from "./aws-type";
import type { Clients } from "./clients";
import { documentText, fromService, fromTagList, toService, toTagList } from "./shape";

const bucket: AwsType = {
    takes: ["bucket", "bucketPrefix", "forceDestroy", "objectLockEnabled"],
    replaceOn: ["bucket", "bucketPrefix", "objectLockEnabled"],
    naming: { property: "bucket", maxLength: 63 },
    tagged: true,
    made: ["arn", "region", "bucketRegion", "bucketDomainName", "bucketRegionalDomainName"],
    create: async (inputs, { s3, region }) => {
        const name = textOf(inputs["bucket"]);
        const location = Object.values(BucketLocationConstraint).find((known) => known === region);
        await s3.send(
            new CreateBucketCommand({
                Bucket: name,
                ObjectLockEnabledForBucket: inputs["objectLockEnabled"] === true,
                ...(location === undefined || region === "us-east-1"
                    ? {}
                    : { CreateBucketConfiguration: { LocationConstraint: location } }),
            }),
        );
        await tagBucket(s3, name, inputs);
        return { id: name };
    },
    update: async (id, inputs, { s3 }) => tagBucket(s3, id, inputs),
    read: async (id, { s3, region }) => {
        if ((await unlessMissing(s3.send(new HeadBucketCommand({ Bucket: id })))) === undefined) {
            return undefined;
        }
        // A bucket without tags answers with an error of its own name.
        const tags = await s3.send(new GetBucketTaggingCommand({ Bucket: id })).catch(() => undefined);
        return {
            bucket: id,
            arn: `arn:aws:s3:::${id}`,
            region,
            bucketRegion: region,
            bucketDomainName: `${id}.s3.amazonaws.com`,
            bucketRegionalDomainName: `${id}.s3.${region}.amazonaws.com`,
            tagsAll: fromTagList(tags?.TagSet),
        };
    },
    delete: async (id, inputs, { s3 }) => {
        if (inputs["forceDestroy"] === true) {
            await emptyBucket(s3, id);
        }
        await unlessMissing(s3.send(new DeleteBucketCommand({ Bucket: id })));
    },
};

async function tagBucket(s3: S3Client, name: string, inputs: Properties): Promise<void> {
    const tags = isProperties(inputs["tagsAll"]) ? inputs["tagsAll"] : {};
    await s3.send(new PutBucketTaggingCommand({ Bucket: name, Tagging: { TagSet: toTagList(tags) } }));
}

async function emptyBucket(s3: S3Client, name: string): Promise<void> {
    for (;;) {
        const page = await unlessMissing(s3.send(new ListObjectVersionsCommand({ Bucket: name })));
        const found = [...(page?.Versions ?? []), ...(page?.DeleteMarkers ?? [])];
        if (found.length === 0) {
            return;
        }
        const objects = found.map(({ Key, VersionId }) => ({ Key, VersionId }));
        await s3.send(new DeleteObjectsCommand({ Bucket: name, Delete: { Objects: objects, Quiet: true } }));
    }
}

/** A part of a bucket's settings that is a resource of its own; its id is the bucket's name. */
function bucketPart(part: {
    readonly takes: readonly string[];
    readonly required: readonly string[];
    readonly put: (bucketName: string, inputs: Properties, clients: Clients) => Promise<unknown>;
    readonly get: (bucketName: string, clients: Clients) => Promise<Properties | undefined>;
    readonly remove: (bucketName: string, clients: Clients) => Promise<unknown>;
}): AwsType {
    return {
        takes: ["bucket", ...part.takes],
        required: ["bucket", ...part.required],
        replaceOn: ["bucket"],
        made: ["region"],
        create: async (inputs, clients) => {
            await part.put(textOf(inputs["bucket"]), inputs, clients);
            return { id: textOf(inputs["bucket"]) };
        },
        update: async (id, inputs, clients) => {
            await part.put(id, inputs, clients);
        },
        read: async (id, clients) => {
            const live = await part.get(id, clients);
            return live && { bucket: id, region: clients.region, ...live };
        },
        delete: async (id, _inputs, clients) => {
            await unlessMissing(part.remove(id, clients));
        },
    };
}

const versioning = bucketPart({
    takes: ["versioningConfiguration"],
    required: ["versioningConfiguration"],
    put: (name, inputs, { s3 }) => {
        const said = isProperties(inputs["versioningConfiguration"]) ? inputs["versioningConfiguration"] : {};
        const status: BucketVersioningStatus = said["status"] === "Enabled" ? "Enabled" : "Suspended";
        return s3.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status: status } }));
    },
    get: async (name, { s3 }) => {
        const live = await unlessMissing(s3.send(new GetBucketVersioningCommand({ Bucket: name })));
        return live?.Status && { versioningConfiguration: { status: live.Status } };
    },
    remove: (name, { s3 }) =>
        s3.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status: "Suspended" } })),
});

const encryption = bucketPart({
    takes: ["rules"],
    required: ["rules"],
    put: (name, inputs, { s3 }) => {
        const Rules = serviceRules<ServerSideEncryptionRule>(inputs["rules"]);
        return s3.send(new PutBucketEncryptionCommand({ Bucket: name, ServerSideEncryptionConfiguration: { Rules } }));
    },
    get: async (name, { s3 }) => {
        const live = await unlessMissing(s3.send(new GetBucketEncryptionCommand({ Bucket: name })));
        return live && { rules: fromService(live.ServerSideEncryptionConfiguration?.Rules ?? []) };
    },
    remove: (name, { s3 }) => s3.send(new DeleteBucketEncryptionCommand({ Bucket: name })),
});

const publicAccess = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"] as const;

const publicAccessBlock = bucketPart({
    takes: publicAccess,
    required: [],
    put: (name, inputs, { s3 }) => {
        const [BlockPublicAcls, BlockPublicPolicy, IgnorePublicAcls, RestrictPublicBuckets] = publicAccess.map(
            (key) => inputs[key] === true,
        );
        return s3.send(
            new PutPublicAccessBlockCommand({
                Bucket: name,
                PublicAccessBlockConfiguration: {
                    BlockPublicAcls,
                    BlockPublicPolicy,
                    IgnorePublicAcls,
                    RestrictPublicBuckets,
                },
            }),
        );
    },
    get: async (name, { s3 }) => {
        const live = await unlessMissing(s3.send(new GetPublicAccessBlockCommand({ Bucket: name })));
        const said = fromService(live?.PublicAccessBlockConfiguration);
        return isProperties(said) ? said : undefined;
    },
    remove: (name, { s3 }) => s3.send(new DeletePublicAccessBlockCommand({ Bucket: name })),
});

const lifecycle = bucketPart({
    takes: ["rules"],
    required: ["rules"],
    put: (name, inputs, { s3 }) => {
        // The service wants to know which objects a rule is for; a rule that does not say is for all.
        const Rules = serviceRules<LifecycleRule>(inputs["rules"]).map((rule) => ({ Filter: { Prefix: "" }, ...rule }));
        return s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket: name, LifecycleConfiguration: { Rules } }));
    },
    get: async (name, { s3 }) => {
        const live = await unlessMissing(s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: name })));
        return live && { rules: fromService(live.Rules ?? []) };
    },
    remove: (name, { s3 }) => s3.send(new DeleteBucketLifecycleCommand({ Bucket: name })),
});

const policy = bucketPart({
    takes: ["policy"],
    required: ["policy"],
    put: (name, inputs, { s3 }) =>
        s3.send(new PutBucketPolicyCommand({ Bucket: name, Policy: documentText(inputs["policy"]) })),
    get: async (name, { s3 }) => {
        const live = await unlessMissing(s3.send(new GetBucketPolicyCommand({ Bucket: name })));
        return live?.Policy === undefined ? undefined : { policy: live.Policy };
    },
    remove: (name, { s3 }) => s3.send(new DeleteBucketPolicyCommand({ Bucket: name })),
});

/** The lock that new versions get. What S3 calls a rule is one, not a list. */
const objectLock = bucketPart({
    takes: ["rule", "objectLockEnabled"],
    required: [],
    put: (name, inputs, { s3 }) => {
        const [Rule] = serviceRules<ObjectLockRule>(isProperties(inputs["rule"]) ? [inputs["rule"]] : []);
        const ObjectLockConfiguration = { ObjectLockEnabled: "Enabled", ...(Rule && { Rule }) } as const;
        return s3.send(new PutObjectLockConfigurationCommand({ Bucket: name, ObjectLockConfiguration }));
    },
    get: async (name, { s3 }) => {
        const live = await unlessMissing(s3.send(new GetObjectLockConfigurationCommand({ Bucket: name })));
        const rule = live?.ObjectLockConfiguration?.Rule;
        return rule && { rule: fromService(rule), objectLockEnabled: "Enabled" };
    },
    // A lock is never taken off a bucket; what is left is one without a rule.
    remove: (name, { s3 }) =>
        s3.send(
            new PutObjectLockConfigurationCommand({
                Bucket: name,
                ObjectLockConfiguration: { ObjectLockEnabled: "Enabled" },
            }),
        ),
});

/** Rules in the service's words; the service itself refuses what it does not understand. */
function serviceRules<Rule>(rules: Value | undefined): Rule[] {
    return Array.isArray(rules) ? rules.map((rule) => toService(rule) as Rule) : [];
}

export const s3Types: Readonly<Record<string, AwsType>> = {
    "aws:s3/bucket:Bucket": bucket,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": lifecycle,
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": objectLock,
    "aws:s3/bucketPolicy:BucketPolicy": policy,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": publicAccessBlock,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": encryption,
    "aws:s3/bucketVersioning:BucketVersioning": versioning,
};
