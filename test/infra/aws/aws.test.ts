import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import {
    awsProvider,
    BackupBucket,
    bucketGrant,
    challengeGrant,
    ImageRepository,
    PreviewRole,
    pullGrant,
    purposes,
    refusalWords,
    ServiceUser,
} from "../../../infra/aws";
import { at, captureGraph, ofType, only, type CapturedResource, type Graph } from "../../support/graph";

const region = "eu-central-1";

function build(endpoint: string | undefined, lockDays?: number): Promise<Graph> {
    return captureGraph(() => {
        const provider = awsProvider("aws", { region, endpoint });
        const bucket = { bucketName: "example-backups", region, keepDeletedDays: 30, lockDays };
        new BackupBucket("backups", bucket, { provider, protect: true });
        new ImageRepository("images", { repositoryName: "house/jellyfin" }, { provider });
        const grant = bucketGrant("longhorn", region, "example-backups");
        const user = new ServiceUser("volumes", { userName: "homelab-example-longhorn", grant }, { provider });
        const previews = {
            ...{ roleName: "homelab-example-previews", region, accountId: "123456789012" },
            ...{ repository: "example/homelab", environments: ["preview-prod"], stateBucket: "example-state" },
            ...{ buckets: ["example-backups"], tokenService: "made" as const },
        };
        new PreviewRole("previews", previews, { provider });
        return { key: user.secretAccessKey };
    });
}

interface Statement {
    readonly Effect: string;
    readonly Action: readonly string[];
    readonly Resource?: readonly string[];
    readonly Principal?: unknown;
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

function statements(resource: CapturedResource, property = "policy"): readonly Statement[] {
    return (JSON.parse(String(at(resource, property))) as { Statement: Statement[] }).Statement;
}

describe("what the house keeps at AWS", () => {
    let graph: Graph;
    before(async () => {
        graph = await build(undefined);
    });

    it("is asked for at AWS itself, unless another server is named", () => {
        const provider = only(graph, "pulumi:providers:aws");
        assert.deepEqual([at(provider, "region"), at(provider, "endpoints")], ["eu-central-1", undefined]);
        assert.equal(at(provider, "skipCredentialsValidation"), "false");
    });

    it("is asked for at the other server for every service that is used", async () => {
        const provider = only(await build("http://127.0.20.2:5000"), "pulumi:providers:aws");
        const [endpoints] = JSON.parse(provider.props["endpoints"] as string) as Record<string, string>[];
        assert.deepEqual(Object.keys(endpoints ?? {}).sort(), ["ecr", "iam", "s3", "sts"]);
    });

    it("keeps every version of a backup, encrypted", () => {
        const versioning = only(graph, "aws:s3/bucketVersioning:BucketVersioning");
        assert.equal(at(versioning, "versioningConfiguration", "status"), "Enabled");
        const encryption = only(
            graph,
            "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        );
        assert.equal(at(encryption, "rules", 0, "applyServerSideEncryptionByDefault", "sseAlgorithm"), "AES256");
    });

    it("closes the bucket to the public in all four ways", () => {
        const { bucket, ...blocks } = only(graph, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").props;
        assert.equal(bucket, "example-backups");
        assert.deepEqual([...new Set(Object.values(blocks)), Object.keys(blocks).length], [true, 4]);
    });

    it("refuses requests in plain text and with an old TLS, for the bucket and all that is in it", () => {
        const denied = statements(only(graph, "aws:s3/bucketPolicy:BucketPolicy"));
        assert.deepEqual(
            denied.map(({ Effect, Principal, Condition }) => [Effect, Principal, Object.keys(Condition ?? {})]),
            [
                ["Deny", "*", ["Bool"]],
                ["Deny", "*", ["NumericLessThan"]],
            ],
        );
        for (const { Resource } of denied) {
            assert.deepEqual(Resource, ["arn:aws:s3:::example-backups", "arn:aws:s3:::example-backups/*"]);
        }
    });

    it("forgets earlier versions after a while, and never what is current", () => {
        const rules = at(only(graph, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"), "rules");
        assert.ok(Array.isArray(rules));
        const [earlier] = rules as { noncurrentVersionExpiration: { noncurrentDays: number } }[];
        assert.equal(earlier?.noncurrentVersionExpiration.noncurrentDays, 30);
        assert.doesNotMatch(JSON.stringify(rules), /"expiration":\{[^}]*"(days|date)"/);
    });

    it("never empties the bucket to delete it, and protects it", () => {
        const bucket = only(graph, "aws:s3/bucket:Bucket");
        assert.deepEqual([at(bucket, "forceDestroy"), bucket.opts.protect], [false, true]);
    });

    it("leaves the bucket standing, and closed as it is, when the house leaves it", async () => {
        const parts = (await build(undefined, 14)).resources.filter(
            ({ custom, type }) => custom && type.startsWith("aws:s3/"),
        );
        assert.ok(parts.some(({ type }) => type.endsWith(":BucketObjectLockConfiguration")));
        assert.deepEqual(
            parts.filter(({ opts }) => !opts.retainOnDelete).map(({ name }) => name),
            [],
        );
    });

    it("has no lock unless the house asks for one, which is then decided when the bucket is made", async () => {
        assert.deepEqual(ofType(graph, "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"), []);
        const locked = await build(undefined, 14);
        assert.equal(at(only(locked, "aws:s3/bucket:Bucket"), "objectLockEnabled"), true);
        const lock = only(locked, "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration");
        assert.deepEqual(at(lock, "rule", "defaultRetention"), { mode: "GOVERNANCE", days: 14 });
        assert.ok(lock.opts.dependsOn.some((urn) => urn.endsWith("BucketVersioning::backups-versioning")));
    });

    it("has image tags that do not move, and scanned images", () => {
        const repository = only(graph, "aws:ecr/repository:Repository");
        assert.equal(at(repository, "imageTagMutability"), "IMMUTABLE");
        assert.equal(at(repository, "imageScanningConfiguration", "scanOnPush"), true);
    });

    it("gives the key of a user as a secret", async () => {
        const secrets: unknown[] = [];
        await captureGraph(() => {
            const provider = awsProvider("aws", { region, endpoint: undefined });
            const { accessKeyId, secretAccessKey } = new ServiceUser("u", { userName: "u", grant: [] }, { provider });
            secrets.push(accessKeyId, secretAccessKey);
        });
        await setTimeout(0);
        for (const secret of secrets) assert.equal(await pulumi.isSecret(secret as pulumi.Output<string>), true);
    });
});

describe("the rights at AWS", () => {
    it("are written out: no action has a star in it, and none makes more rights or takes a version away", () => {
        const all = [
            ...purposes.flatMap((purpose) => bucketGrant(purpose, region, "b")),
            ...challengeGrant(region, "Z1", "house.example.org"),
            ...pullGrant(region, "1", ["a"]),
        ];
        for (const { actions, effect } of all) {
            assert.equal(effect, "Allow");
            for (const action of actions)
                assert.doesNotMatch(action, /\*|^iam:|^sts:|Version|Policy|Bucket[A-Z]\w+Put/);
        }
    });

    it("are these and no others: a change of them is read here, word by word", () => {
        const objects = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"];
        const own = (...actions: readonly string[]) => [
            {
                effect: "Allow",
                actions: ["s3:ListBucket", "s3:GetBucketLocation"],
                resources: ["arn:aws:s3:::b"],
            },
            { effect: "Allow", actions: [...objects, ...actions], resources: ["arn:aws:s3:::b/*"] },
        ];
        assert.deepEqual(bucketGrant("longhorn", region, "b"), own());
        assert.deepEqual(bucketGrant("databases", region, "b"), own("s3:AbortMultipartUpload"));
        assert.deepEqual(
            bucketGrant("etcd", region, "b"),
            own("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"),
        );
        assert.deepEqual(pullGrant(region, "123456789012", ["a", "b/c"]), [
            { effect: "Allow", actions: ["ecr:GetAuthorizationToken"], resources: ["*"] },
            {
                effect: "Allow",
                actions: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                resources: [
                    "arn:aws:ecr:eu-central-1:123456789012:repository/a",
                    "arn:aws:ecr:eu-central-1:123456789012:repository/b/c",
                ],
            },
        ]);
        assert.deepEqual(
            challengeGrant(region, "Z1", "house.example.org").map(({ effect, actions, resources }) => [
                ...[effect, ...actions],
                ...resources,
            ]),
            [
                ["Allow", "route53:GetChange", "arn:aws:route53:::change/*"],
                ["Allow", "route53:ListResourceRecordSets", "arn:aws:route53:::hostedzone/Z1"],
                ["Allow", "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z1"],
            ],
        );
    });

    it("to a bucket reach into that bucket only, and include no setting of it", () => {
        for (const purpose of purposes) {
            const granted = bucketGrant(purpose, region, "b");
            const resources = new Set(granted.flatMap((one) => one.resources));
            assert.deepEqual([...resources], ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]);
            const written = granted.flatMap(({ actions }) => actions).filter((action) => /:(Put|Delete)/.test(action));
            assert.deepEqual(written, ["s3:PutObject", "s3:DeleteObject"]);
        }
    });

    it("are written for China and the government's regions too", () => {
        assert.deepEqual(bucketGrant("etcd", "cn-north-1", "b")[0]?.resources, ["arn:aws-cn:s3:::b"]);
        assert.deepEqual(bucketGrant("etcd", "us-gov-west-1", "b")[0]?.resources, ["arn:aws-us-gov:s3:::b"]);
    });

    it("to a zone are those to write challenges: TXT, of the house's domain, in one zone", () => {
        const change = challengeGrant(region, "Z1", "house.example.org").find(({ actions }) =>
            actions.includes("route53:ChangeResourceRecordSets"),
        );
        assert.deepEqual(change?.resources, ["arn:aws:route53:::hostedzone/Z1"]);
        assert.deepEqual(change.conditions, {
            "ForAllValues:StringEquals": { "route53:ChangeResourceRecordSetsRecordTypes": ["TXT"] },
            "ForAllValues:StringLike": {
                "route53:ChangeResourceRecordSetsNormalizedRecordNames": [
                    "_acme-challenge.house.example.org",
                    "_acme-challenge.*.house.example.org",
                ],
            },
        });
    });

    it("of the role for previews belong to one repository's environment, and read settings and the state", async () => {
        const graph = await build(undefined);
        const [trust, ...others] = statements(only(graph, "aws:iam/role:Role"), "assumeRolePolicy");
        assert.deepEqual(others, []);
        assert.deepEqual(trust?.Principal, {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
        });
        assert.deepEqual(trust.Condition?.["StringEquals"], {
            "token.actions.githubusercontent.com:aud": ["sts.amazonaws.com"],
            "token.actions.githubusercontent.com:sub": ["repo:example/homelab:environment:preview-prod"],
        });
        const granted = statements(only(graph, "aws:iam/rolePolicy:RolePolicy"));
        const actions = granted.flatMap(({ Action }) => Action);
        assert.deepEqual(
            actions.filter((action) => !/:(Get|List|Describe)\w+$/.test(action)),
            [],
        );
        const objects = granted.filter(({ Action }) => Action.includes("s3:GetObject"));
        assert.deepEqual(
            objects.map(({ Resource }) => Resource),
            [["arn:aws:s3:::example-state/*"]],
        );
    });
});

describe("credentials that AWS refuses", () => {
    const told: readonly (readonly [string, RegExp])[] = [
        [
            "invoking aws:index/getCallerIdentity: ExpiredToken: The security token is expired",
            /are expired .*sso login/,
        ],
        ["No valid credential sources found. Please see", /there are no credentials .*AWS_PROFILE/],
        ["api error InvalidClientTokenId: The security token included in the request is invalid.", /does not know/],
        ["dial tcp: lookup sts.eu-central-1.amazonaws.com: no such host", /did not say whose .*the network/],
    ];
    for (const [message, words] of told) {
        it(`are told in one line, with the cure: ${message.slice(0, 40)}`, () => {
            assert.match(refusalWords(message), words);
            assert.match(refusalWords(message), /^aws: .*; nothing was changed\./);
        });
    }
});
