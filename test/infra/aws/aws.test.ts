import assert from "node:assert/strict";
import { awsProvider, BackupBucket, ImageRepository } from "../../../infra/aws";
import { at, captureGraph, only, type Graph } from "../../support/graph";

function build(endpoint: string | undefined): Promise<Graph> {
    return captureGraph(() => {
        const provider = awsProvider("aws", { region: "eu-central-1", endpoint });
        new BackupBucket("backups", { bucketName: "example-backups" }, { provider, protect: true });
        new ImageRepository("images", { repositoryName: "house/jellyfin" }, { provider });
    });
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

    it("never empties the bucket to delete it, and protects it", () => {
        const bucket = only(graph, "aws:s3/bucket:Bucket");
        assert.deepEqual([at(bucket, "forceDestroy"), bucket.opts.protect], [false, true]);
    });

    it("has image tags that do not move", () => {
        assert.equal(at(only(graph, "aws:ecr/repository:Repository"), "imageTagMutability"), "IMMUTABLE");
    });
});
