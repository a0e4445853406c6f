import assert from "node:assert/strict";
import { bucketLocked as rule } from "../../../../policies/rules/aws/bucket-locked";
import { fact, judge, service } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

const all = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };

function parts(name: unknown = "backups", access: object = all, status: unknown = "Enabled") {
    return [
        fact("aws:s3/bucketVersioning:BucketVersioning", { bucket: name, versioningConfiguration: { status } }),
        fact("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", {
            bucket: name,
            rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
        }),
        fact("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", { bucket: name, ...access }),
    ];
}
const bucket = (props: object = {}) => fact("aws:s3/bucket:Bucket", { bucket: "backups", ...props });

describe("bucket-locked", () => {
    it("accepts a bucket with all its locks", () => {
        assert.deepEqual(judge(rule, bucket(), ...parts()), clean);
        assert.equal(rule.applies(service().type), false);
    });

    it("refuses a bucket without them, or with those of another", () => {
        for (const others of [[], parts("other")]) {
            const { messages } = judge(rule, bucket(), ...others);
            assert.equal(messages.length, 3);
            assert.match(
                messages.join("\n"),
                /^Bucket example: has no versioning \(status Enabled\) \(bucket-locked\); make it by/,
            );
        }
    });

    it("refuses locks that are not shut", () => {
        const open = judge(rule, bucket(), ...parts("backups", { ...all, blockPublicPolicy: false }));
        assert.match(open.messages.join(), /has no complete block of public access/);
        assert.match(judge(rule, bucket(), ...parts("backups", all, "Suspended")).messages.join(), /has no versioning/);
    });

    it("refuses a bucket that a destroy empties", () => {
        assert.match(
            judge(rule, bucket({ forceDestroy: true }), ...parts()).messages.join(),
            /takes the backups along/,
        );
    });

    it("takes a lock whose bucket is not known yet for the bucket's own", () => {
        assert.deepEqual(judge(rule, bucket(), ...parts(unknownText)), clean);
        assert.deepEqual(judge(rule, bucket({ bucket: unknownText }), ...parts(unknownText)), clean);
    });

    it("leaves an unknown lock unchecked", () => {
        const found = judge(rule, bucket(), ...parts("backups", all, unknownText));
        assert.deepEqual(found, { messages: [], unchecked: ["versioningConfiguration.status"] });
    });
});
