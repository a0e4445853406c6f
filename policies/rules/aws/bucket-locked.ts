import { type GraphIndex, matching, ofKind } from "../../model/graph-index";
import { isKind } from "../../model/kind";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

const buckets = ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"] as const;

/** What a bucket needs beside it, and what makes it count. */
const needs: readonly { readonly token: string; readonly what: string; readonly holds: (part: Subject) => boolean }[] =
    [
        {
            token: "aws:s3/bucketVersioning:BucketVersioning",
            what: "versioning (status Enabled)",
            holds: ({ object }) => object.at("versioningConfiguration", "status").text() === "Enabled",
        },
        {
            token: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
            what: "encryption by default",
            holds: ({ object }) => object.at("rules").items().length > 0,
        },
        {
            token: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
            what: "complete block of public access",
            holds: ({ object }) =>
                ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"].every(
                    (key) => object.at(key).flag() === true,
                ),
        },
    ];

export const bucketLocked: StackRule = {
    kind: "stack",
    name: "bucket-locked",
    level: "mandatory",
    severity: "critical",
    description: "A bucket keeps every version, is encrypted, closed to the public, and never emptied by the program.",
    incident:
        "A bucket with backups was readable by everybody for a week after its policy had been copied from a web site's, and a " +
        "script that wrote an empty file over the last backup left nothing to go back to.",
    instead: "BackupBucket of infra/aws, which makes the bucket with all its parts.",
    applies: isKind(...buckets, ...needs.map(({ token }) => token)),
    check(graph, report) {
        for (const bucket of ofKind(graph, ...buckets)) report.guard(bucket, () => checkBucket(bucket, graph, report));
    },
};

function checkBucket(bucket: Subject, graph: GraphIndex, report: Report): void {
    report.guard(bucket, () => {
        if (bucket.object.at("forceDestroy").flag() !== true) return;
        report.violation(bucket, {
            path: "forceDestroy",
            wrong: "a destroy takes the backups along",
            write: "write false",
        });
    });
    const name = bucket.object.at("bucket");
    // Parts of a bucket name it by a value that may be known only later: then any part may be its own.
    const own = name.undecided() ? undefined : name.text();
    for (const { token, what, holds } of needs) {
        const parts = ofKind(graph, token);
        const { certain, open } = matching(parts, (part) => {
            const of = part.object.at("bucket");
            const fits = own === undefined || of.undecided() || of.text() === own;
            return fits && holds(part);
        });
        if (certain.length > 0) continue;
        if (open) {
            report.unchecked(open.subject, open.unknown);
            continue;
        }
        report.violation(bucket, { path: "", wrong: `has no ${what}`, write: "make it by BackupBucket of infra/aws" });
    }
}
