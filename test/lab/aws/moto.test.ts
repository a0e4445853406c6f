import { strict as assert } from "node:assert";
import { appendFile, mkdtemp } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateRepositoryCommand, DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, ListAccessKeysCommand } from "@aws-sdk/client-iam";
import {
    CreateBucketCommand,
    GetObjectCommand,
    ListBucketsCommand,
    PutBucketPolicyCommand,
    PutBucketVersioningCommand,
    PutObjectCommand,
    S3Client,
} from "@aws-sdk/client-s3";
import { ensureMoto } from "../../../lab/toolchain/moto";
import { labAwsEnvironment, startMoto, type Moto } from "../../../lab/aws/moto";
import { labPaths } from "../../../lab/paths";
import { valueAt } from "../../../lab/plain-values";
import { freePorts } from "../../support/free-ports";
import { removeFolder } from "../../support/scratch-folder";

const address = "127.61.20.2";

function clientSettings(moto: Moto) {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = labAwsEnvironment;
    return {
        endpoint: moto.endpoint,
        region: labAwsEnvironment.AWS_REGION,
        credentials: { accessKeyId, secretAccessKey },
    };
}

describe("the lab's AWS (moto)", function () {
    // A first run on a machine installs moto's environment from the package registry.
    this.timeout(240_000);
    let folder: string;
    let python: string;
    let port: number;
    const running: Moto[] = [];

    const start = async (): Promise<Moto> => {
        const [logFile, recording] = [join(folder, "moto.log"), join(folder, "aws", "recording")];
        const moto = await startMoto({ python, address, port, logFile, recording });
        running.push(moto);
        return moto;
    };

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "homelab-moto-"));
        python = await ensureMoto({ cache: labPaths(".").cache, env: process.env });
    });

    beforeEach(async () => {
        [port = 0] = await freePorts(address, 1);
    });

    afterEach(async () => {
        await Promise.all(running.splice(0).map((moto) => moto.stop()));
    });

    after(() => removeFolder(folder));

    it("keeps buckets, repositories and access keys when it is killed and started again", async () => {
        const first = await start();
        const s3 = new S3Client({ ...clientSettings(first), forcePathStyle: true });
        await s3.send(new CreateBucketCommand({ Bucket: "backups" }));
        const versioned = { Bucket: "backups", VersioningConfiguration: { Status: "Enabled" as const } };
        await s3.send(new PutBucketVersioningCommand(versioned));
        const put = await s3.send(new PutObjectCommand({ Bucket: "backups", Key: "a b/c", Body: "ü\nsecond line" }));
        const ecr = new ECRClient(clientSettings(first));
        await ecr.send(new CreateRepositoryCommand({ repositoryName: "homelab/jellyfin" }));
        const iam = new IAMClient(clientSettings(first));
        await iam.send(new CreateUserCommand({ UserName: "backup" }));
        const key = await iam.send(new CreateAccessKeyCommand({ UserName: "backup" }));

        process.kill(first.pid, "SIGKILL");
        await first.stop();
        await appendFile(join(folder, "aws", "recording"), '{"headers": {"torn');
        const second = await start();

        const s3Again = new S3Client({ ...clientSettings(second), forcePathStyle: true });
        const buckets = await s3Again.send(new ListBucketsCommand({}));
        assert.deepEqual(
            buckets.Buckets?.map((bucket) => bucket.Name),
            ["backups"],
        );
        const object = await s3Again.send(new GetObjectCommand({ Bucket: "backups", Key: "a b/c" }));
        assert.equal(await object.Body?.transformToString(), "ü\nsecond line");
        assert.equal(object.VersionId, put.VersionId);
        const repositories = await new ECRClient(clientSettings(second)).send(new DescribeRepositoriesCommand({}));
        assert.deepEqual(
            repositories.repositories?.map((repository) => repository.repositoryName),
            ["homelab/jellyfin"],
        );
        const keys = await new IAMClient(clientSettings(second)).send(
            new ListAccessKeysCommand({ UserName: "backup" }),
        );
        assert.deepEqual(
            keys.AccessKeyMetadata?.map((one) => one.AccessKeyId),
            [key.AccessKey?.AccessKeyId],
        );
    });

    it("says which address is taken when something else listens there", async () => {
        const other = createServer();
        await new Promise<void>((resolve) => other.listen(port, address, resolve));
        await assert.rejects(
            start(),
            new RegExp(`^Error: ${address}:${port}: the port is taken .*; stop what uses it`),
        );
        await new Promise((resolve) => other.close(resolve));
    });

    it("shows the end of its log when the process dies at once", async () => {
        const options = { python: "/bin/false", address, port, logFile: join(folder, "false.log") };
        const recording = join(folder, "none");
        await assert.rejects(startMoto({ ...options, recording }), /moto ended with exit code 1 .*false\.log/);
    });

    it("takes objects into a bucket that refuses plain text, and heeds every other statement of its policy", async () => {
        const s3 = new S3Client({ ...clientSettings(await start()), forcePathStyle: true });
        const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket: "refusing", Key, Body: "kept" }));
        const isForbidden = (error: unknown) => valueAt(error, "$metadata.httpStatusCode") === 403;
        const refusing = async (...conditions: readonly object[]) => {
            const common = {
                Effect: "Deny",
                Action: "s3:PutObject",
                Principal: "*",
                Resource: "arn:aws:s3:::refusing/*",
            };
            const Statement = conditions.map((condition) => ({ ...common, ...condition }));
            const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
            await s3.send(new PutBucketPolicyCommand({ Bucket: "refusing", Policy }));
        };
        await s3.send(new CreateBucketCommand({ Bucket: "refusing" }));
        await refusing(
            { Condition: { Bool: { "aws:SecureTransport": ["false"] } } },
            { Condition: { NumericLessThan: { "s3:TlsVersion": ["1.2"] } } },
        );
        await put("over-tls");
        await refusing({ Condition: { Bool: { "aws:SecureTransport": "true" } } });
        await assert.rejects(put("met"), isForbidden);
        await refusing({});
        await assert.rejects(put("always"), isForbidden);
    });
});
