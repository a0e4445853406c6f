import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
    DeletePublicAccessBlockCommand,
    PutBucketTaggingCommand,
    PutObjectCommand,
    S3Client,
} from "@aws-sdk/client-s3";
import { ensureMoto } from "../../../../lab/toolchain/moto";
import { startMoto } from "../../../../lab/aws/moto";
import { labPaths } from "../../../../lab/paths";
import { createProvider } from "../../../../lab/providers/aws";
import { type Engine, type Run, startEngine } from "../../../support/engine";
import { freePorts } from "../../../support/free-ports";
import { direct } from "../kit/direct";
import { removeFolder } from "../../../support/scratch-folder";

const address = "127.62.20.2";

describe("the stand-in for the plugin aws", function () {
    // A first run on a machine installs moto's environment from the package registry.
    this.timeout(240_000);
    let folder: string;
    let endpoint: string;
    let engine: Engine;
    let s3: S3Client;
    /** What a setup that breaks off half-way has started already. */
    const closing: (() => Promise<void> | void)[] = [];
    const operations = (run: Run): string[] => run.steps.map(({ op, name }) => `${op} ${name}`).sort();
    const succeeds = async (run: Promise<Run>): Promise<Run> => {
        const result = await run;
        assert.equal(result.code, 0, result.output);
        return result;
    };
    const program = (text: string): Promise<void> =>
        engine.program(`
            const aws = require("@pulumi/aws");
            const provider = new aws.Provider("lab", {
                region: "eu-central-1", accessKey: "lab", secretKey: "lab", s3UsePathStyle: true,
                endpoints: [{ s3: "${endpoint}", ecr: "${endpoint}", iam: "${endpoint}" }],
                defaultTags: { tags: { house: "dev" } },
                skipCredentialsValidation: true, skipRequestingAccountId: true, skipMetadataApiCheck: true,
            });
            const opts = { provider };
            ${text}
        `);

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "homelab-aws-"));
        const python = await ensureMoto({ cache: labPaths(".").cache, env: process.env });
        const [logFile, recording] = [join(folder, "moto.log"), join(folder, "recording")];
        const [port = 0] = await freePorts(address, 1);
        const moto = await startMoto({ python, address, port, logFile, recording });
        closing.push(() => moto.stop());
        ({ endpoint } = moto);
        engine = await startEngine({ plugins: { aws: { npmPackage: "@pulumi/aws", factory: createProvider } } });
        closing.push(() => engine.close());
        s3 = new S3Client({
            region: "eu-central-1",
            endpoint,
            forcePathStyle: true,
            credentials: { accessKeyId: "lab", secretAccessKey: "lab" },
        });
        closing.push(() => s3.destroy());
    });
    after(async () => {
        for (const close of closing.reverse()) await close();
        removeFolder(folder);
    });

    const house = `
        const bucket = new aws.s3.Bucket("backups", { bucket: "house-backups", forceDestroy: true, tags: { use: "backup" } }, opts);
        const part = { bucket: bucket.id };
        new aws.s3.BucketVersioning("versions", { ...part, versioningConfiguration: { status: "Enabled" } }, opts);
        new aws.s3.BucketPublicAccessBlock("closed", { ...part, blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true }, opts);
        new aws.s3.BucketServerSideEncryptionConfiguration("sealed", { ...part, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] }, opts);
        new aws.s3.BucketLifecycleConfiguration("ageing", { ...part, rules: [
            { id: "old", status: "Enabled", filter: { prefix: "postgres/" }, expiration: { days: 30 }, noncurrentVersionExpiration: { noncurrentDays: 7 } },
            { id: "parts", status: "Enabled", abortIncompleteMultipartUpload: { daysAfterInitiation: 3 } },
        ] }, opts);
        const repository = new aws.ecr.Repository("images", { name: "house/jellyfin", imageTagMutability: "IMMUTABLE", imageScanningConfiguration: { scanOnPush: true } }, opts);
        new aws.ecr.LifecyclePolicy("tidy", { repository: repository.name, policy: JSON.stringify({ rules: [{ rulePriority: 1, selection: { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 3 }, action: { type: "expire" } }] }, null, 2) }, opts);
        const user = new aws.iam.User("robot", {}, opts);
        const statement = (action) => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: action, Resource: bucket.arn ? "*" : "*" }] });
        const policy = new aws.iam.Policy("write", { policy: statement("s3:PutObject") }, opts);
        new aws.iam.UserPolicyAttachment("may-write", { user: user.name, policyArn: policy.arn }, opts);
        new aws.iam.UserPolicy("may-read", { user: user.name, policy: statement("s3:GetObject") }, opts);
        const key = new aws.iam.AccessKey("key", { user: user.name }, opts);
        exports.secret = key.secret;
        exports.url = repository.repositoryUrl;
        exports.arn = bucket.arn;
        exports.user = user.name;
    `;

    it("builds a house's storage, registry and users, previews it first and then sees no drift", async () => {
        await program(house);
        const preview = await succeeds(engine.preview());
        const created = await succeeds(engine.up());
        assert.deepEqual(operations(created), operations(preview));
        assert.equal(created.steps.length, 12);
        const outputs = await engine.outputs();
        assert.equal(outputs["arn"], "arn:aws:s3:::house-backups");
        assert.match(String(outputs["url"]), /^\d{12}\.dkr\.ecr\.eu-central-1\.amazonaws\.com\/house\/jellyfin$/);
        assert.match(String(outputs["user"]), /^robot-[0-9a-f]{7}$/);
        assert.ok(!(await engine.stateText()).includes(String(outputs["secret"])), "the key's secret is readable");
        assert.deepEqual(
            [...new Set(operations(await succeeds(engine.refresh())).map((one) => one.split(" ")[0]))],
            ["same"],
        );
        const again = await succeeds(engine.up());
        assert.deepEqual([...new Set(again.steps.map(({ op }) => op))], ["same"]);
    });

    it("sees what was changed by hand, and repairs it", async () => {
        await s3.send(new DeletePublicAccessBlockCommand({ Bucket: "house-backups" }));
        const TagSet = [{ Key: "use", Value: "games" }];
        await s3.send(new PutBucketTaggingCommand({ Bucket: "house-backups", Tagging: { TagSet } }));
        const changed = (run: Run): string[] => operations(run).filter((one) => !one.startsWith("same"));
        assert.deepEqual(changed(await succeeds(engine.refresh())), ["delete closed", "update backups"]);
        const repaired = await succeeds(engine.up());
        assert.deepEqual(changed(repaired), ["create closed", "update backups"]);
        assert.deepEqual(repaired.steps.find(({ name }) => name === "backups")?.diff, { "tags.use": "update" });
        assert.deepEqual(changed(await succeeds(engine.refresh())), []);
    });

    it("changes in place what can be, and replaces what carries the name", async () => {
        await program(
            house
                .replace("days: 30", "days: 31")
                .replace('name: "house/jellyfin", imageTagMutability: "IMMUTABLE"', 'name: "house/video"')
                .replace("s3:PutObject", "s3:*"),
        );
        const run = await succeeds(engine.up());
        const diff = (name: string) =>
            run.steps.find((step) => step.name === name && ["update", "replace"].includes(step.op))?.diff;
        assert.deepEqual(diff("ageing"), { "rules[0].expiration.days": "update" });
        assert.deepEqual(diff("images"), { name: "update-replace", imageTagMutability: "delete" });
        assert.deepEqual(diff("write"), { policy: "update" });
        assert.match(String((await engine.outputs())["url"]), /house\/video$/);
        assert.deepEqual(
            [...new Set(operations(await succeeds(engine.refresh())).map((one) => one.split(" ")[0]))],
            ["same"],
        );
    });

    it("imports a bucket as it is", async () => {
        const plugin = createProvider();
        await plugin.configure({ endpoints: JSON.stringify([{ s3: endpoint }]), region: "eu-central-1" });
        const found = await direct(plugin).import("aws:s3/bucket:Bucket", "house-backups");
        assert.deepEqual(found?.inputs, { bucket: "house-backups", tags: { house: "dev", use: "backup" } });
        assert.equal(await direct(plugin).import("aws:s3/bucket:Bucket", "nobody"), undefined);
        await plugin.close?.();
    });

    it("removes everything, a bucket with objects included where the program allows it", async () => {
        await s3.send(new PutObjectCommand({ Bucket: "house-backups", Key: "a", Body: "1" }));
        await s3.send(new PutObjectCommand({ Bucket: "house-backups", Key: "a", Body: "2" }));
        await succeeds(engine.destroy());
        assert.deepEqual(
            (await engine.resources()).filter(({ type }) => type.startsWith("aws:")),
            [],
        );
    });

    it("refuses types and inputs that it does not know instead of ignoring them", async () => {
        const errors = async (text: string): Promise<string> => {
            await program(text);
            const run = await engine.preview();
            assert.notEqual(run.code, 0);
            return run.errors.join("\n");
        };
        assert.match(
            await errors(`new aws.s3.Bucket("one", { acl: "public-read" }, opts);`),
            /acl .*the lab's stand-in for aws:s3\/bucket:Bucket does not understand it; it takes bucket, /,
        );
        assert.match(
            await errors(`new aws.sqs.Queue("two", {}, opts);`),
            /aws:sqs\/queue:Queue: the lab's stand-in for AWS does not know this type \(it knows aws:s3/,
        );
    });

    it("talks to no one without an endpoint, and says so when the emulator is away", async () => {
        const plugin = createProvider();
        await plugin.configure({ region: "eu-central-1" });
        const bucket = { bucket: "b" };
        await assert.rejects(
            direct(plugin).create("aws:s3/bucket:Bucket", bucket),
            /endpoints: none for s3 .* add \{ s3/,
        );
        const [port] = await freePorts(address, 1);
        await plugin.configure({ endpoints: JSON.stringify([{ s3: `http://${address}:${port}` }]) });
        await assert.rejects(
            direct(plugin).create("aws:s3/bucket:Bucket", bucket),
            /aws:s3\/bucket:Bucket: the AWS emulator does not answer .*; run `make up`/,
        );
        await plugin.close?.();
    });
});
