import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DescribeRepositoriesCommand, ECRClient, GetLifecyclePolicyCommand } from "@aws-sdk/client-ecr";
import {
    GetOpenIDConnectProviderCommand,
    GetRoleCommand,
    GetRolePolicyCommand,
    GetUserPolicyCommand,
    IAMClient,
    ListAccessKeysCommand,
} from "@aws-sdk/client-iam";
import {
    GetBucketEncryptionCommand,
    GetBucketLifecycleConfigurationCommand,
    GetBucketPolicyCommand,
    GetBucketVersioningCommand,
    GetObjectLockConfigurationCommand,
    GetPublicAccessBlockCommand,
    S3Client,
} from "@aws-sdk/client-s3";
import { startMoto } from "../../../../lab/aws/moto";
import { labPaths } from "../../../../lab/paths";
import { createProvider } from "../../../../lab/providers/aws";
import { ensureMoto } from "../../../../lab/toolchain/moto";
import { type Engine, type Run, startEngine } from "../../../support/engine";
import { freePorts } from "../../../support/free-ports";
import { removeFolder } from "../../../support/scratch-folder";

const address = "127.62.20.3";
const infra = JSON.stringify(resolve(__dirname, "../../../../infra/aws"));

/** A program of what `infra/aws` makes, at a server that speaks AWS' APIs. */
const program = (endpoint: string): string => `
    require("tsx/cjs");
    const house = require(${infra});
    const region = "eu-central-1";
    module.exports = async () => {
        const provider = house.awsProvider("aws", { region, endpoint: "${endpoint}" });
        const account = await house.openAccount(provider);
        const opts = { provider };
        const bucketName = "example-longhorn";
        new house.BackupBucket("volumes", { bucketName, region, keepDeletedDays: 30, lockDays: 14 }, opts);
        const grant = house.bucketGrant("longhorn", region, bucketName);
        const user = new house.ServiceUser("volumes", { userName: "homelab-example-longhorn", grant }, opts);
        new house.ImageRepository("images", { repositoryName: "k3s-homelab/jellyfin-ha" }, opts);
        new house.PreviewRole("previews", {
            roleName: "homelab-example-previews", region, accountId: account.id, repository: "example/homelab",
            environments: ["preview-prod"], tokenService: "made", buckets: [bucketName], stateBucket: "example-state",
        }, opts);
        return { account: account.id, key: user.accessKeyId, secret: user.secretAccessKey };
    };
`;

async function succeeds(run: Promise<Run>): Promise<Run> {
    const result = await run;
    assert.equal(result.code, 0, result.output);
    return result;
}

describe("what infra/aws makes, read back from the emulator by AWS' own client", function () {
    this.timeout(240_000);
    let engine: Engine;
    const closing: (() => Promise<void> | void)[] = [];
    const connect = <Client extends { destroy(): void }>(client: Client): Client => {
        closing.push(() => client.destroy());
        return client;
    };
    let clients: { s3: S3Client; iam: IAMClient; ecr: ECRClient };
    const bucket = { Bucket: "example-longhorn" };

    before(async () => {
        const folder = await mkdtemp(join(tmpdir(), "homelab-aws-"));
        closing.push(() => removeFolder(folder));
        const python = await ensureMoto({ cache: labPaths(".").cache, env: process.env });
        const [port = 0] = await freePorts(address, 1);
        const moto = await startMoto({
            ...{ python, address, port },
            ...{ logFile: join(folder, "moto.log"), recording: join(folder, "recording") },
        });
        closing.push(() => moto.stop());
        engine = await startEngine({ plugins: { aws: { npmPackage: "@pulumi/aws", factory: createProvider } } });
        closing.push(() => engine.close());
        const credentials = { accessKeyId: "lab", secretAccessKey: "lab" };
        const shared = { region: "eu-central-1", endpoint: moto.endpoint, credentials };
        clients = {
            s3: connect(new S3Client({ ...shared, forcePathStyle: true })),
            iam: connect(new IAMClient(shared)),
            ecr: connect(new ECRClient(shared)),
        };
        await engine.program(program(moto.endpoint));
        await succeeds(engine.up());
    });
    after(async () => {
        for (const close of closing.reverse()) await close();
    });

    it("is a bucket that keeps versions, is encrypted, closed, locked, and forgets earlier versions", async () => {
        const { s3 } = clients;
        assert.equal((await s3.send(new GetBucketVersioningCommand(bucket))).Status, "Enabled");
        const encryption = await s3.send(new GetBucketEncryptionCommand(bucket));
        const [rule] = encryption.ServerSideEncryptionConfiguration?.Rules ?? [];
        assert.equal(rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm, "AES256");
        const closed = await s3.send(new GetPublicAccessBlockCommand(bucket));
        assert.deepEqual([...new Set(Object.values(closed.PublicAccessBlockConfiguration ?? {}))], [true]);
        const lock = await s3.send(new GetObjectLockConfigurationCommand(bucket));
        const { Mode, Days } = lock.ObjectLockConfiguration?.Rule?.DefaultRetention ?? {};
        assert.deepEqual([Mode, Days], ["GOVERNANCE", 14]);
        const { Rules = [] } = await s3.send(new GetBucketLifecycleConfigurationCommand(bucket));
        assert.deepEqual(
            Rules.map(({ ID, Status, NoncurrentVersionExpiration, AbortIncompleteMultipartUpload }) => [
                ...[ID, Status, NoncurrentVersionExpiration?.NoncurrentDays],
                AbortIncompleteMultipartUpload?.DaysAfterInitiation,
            ]),
            [
                ["earlier-versions", "Enabled", 30, undefined],
                ["broken-off-uploads", "Enabled", undefined, 7],
            ],
        );
        const { Policy = "" } = await s3.send(new GetBucketPolicyCommand(bucket));
        assert.match(Policy, /"aws:SecureTransport":\s*\["false"\]/);
    });

    it("is a user with its own policy and one key, whose secret is nowhere in the state", async () => {
        const { iam } = clients;
        const UserName = "homelab-example-longhorn";
        const { PolicyDocument = "" } = await iam.send(new GetUserPolicyCommand({ UserName, PolicyName: UserName }));
        assert.match(decodeURIComponent(PolicyDocument), /"arn:aws:s3:::example-longhorn\/\*"/);
        const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName }));
        const { key, secret } = await engine.outputs();
        assert.deepEqual(
            AccessKeyMetadata.map(({ AccessKeyId }) => AccessKeyId),
            [key],
        );
        assert.ok(typeof secret === "string" && secret.length > 20);
        assert.ok(!(await engine.stateText()).includes(secret));
    });

    it("is a role that trusts one environment of one repository, by a token service that the account trusts", async () => {
        const { iam } = clients;
        const RoleName = "homelab-example-previews";
        const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
        const { account } = await engine.outputs();
        const OpenIDConnectProviderArn = `arn:aws:iam::${String(account)}:oidc-provider/token.actions.githubusercontent.com`;
        const trust = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "");
        assert.ok(trust.includes(OpenIDConnectProviderArn), trust);
        assert.match(trust, /repo:example\/homelab:environment:preview-prod/);
        const service = await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
        assert.deepEqual(service.ClientIDList, ["sts.amazonaws.com"]);
        const policy = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: RoleName }));
        assert.match(decodeURIComponent(policy.PolicyDocument ?? ""), /example-state/);
    });

    it("is a repository that scans, moves no tag, and lets go what has none", async () => {
        const { ecr } = clients;
        const repositoryName = "k3s-homelab/jellyfin-ha";
        const found = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }));
        const [repository] = found.repositories ?? [];
        assert.deepEqual(
            [repository?.imageTagMutability, repository?.imageScanningConfiguration?.scanOnPush],
            ["IMMUTABLE", true],
        );
        const { lifecyclePolicyText = "" } = await ecr.send(new GetLifecyclePolicyCommand({ repositoryName }));
        assert.match(lifecyclePolicyText, /"tagStatus":"untagged"/);
    });

    it("drifts from nothing, and a second run changes nothing", async () => {
        for (const run of [await succeeds(engine.refresh()), await succeeds(engine.up())]) {
            assert.deepEqual([...new Set(run.steps.map(({ op }) => op))], ["same"]);
        }
    });
});

describe("credentials of AWS that are expired", function () {
    this.timeout(120_000);
    let engine: Engine;
    let server: Server;
    let endpoint: string;
    before(async () => {
        server = createServer((request, response) => {
            request.resume().on("end", () => {
                response.writeHead(403, { "content-type": "text/xml" });
                response.end(
                    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>` +
                        `<Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message>` +
                        `</Error><RequestId>1</RequestId></ErrorResponse>`,
                );
            });
        });
        await new Promise<void>((ready) => server.listen(0, address, ready));
        endpoint = `http://${address}:${(server.address() as AddressInfo).port}`;
        engine = await startEngine({ plugins: { aws: { npmPackage: "@pulumi/aws", factory: createProvider } } });
    });
    after(async () => {
        await engine.close();
        server.close();
    });

    for (const command of ["preview", "up"] as const) {
        it(`end \`${command}\` with what to do, before anything is made`, async () => {
            await engine.program(program(endpoint));
            // Without the preview that `up` makes first: the update itself must not begin either.
            const run = await engine[command](...(command === "up" ? ["--skip-preview"] : []));
            assert.notEqual(run.code, 0);
            const [said, ...others] = run.errors.filter((line) => line.includes("aws:"));
            assert.deepEqual(others, []);
            assert.match(said ?? run.output, /aws: the credentials are expired .*; nothing was changed/);
            assert.match(said ?? "", /aws sso login/);
            assert.doesNotMatch(run.output, /\n\s+at /);
            assert.deepEqual(run.steps, []);
            const made = (await engine.resources()).filter(({ type }) => type.startsWith("aws:"));
            assert.deepEqual(made, []);
        });
    }
});
