import assert from "node:assert/strict";
import { devHouse, type Change } from "../infra/config/houses";
import { at, ofType, only, type CapturedResource, type Graph } from "../support/graph";
import { captureHouse } from "../support/stack-graph";

const SECRET = "kubernetes:core/v1:Secret";
const nas: readonly Change[] = [
    { delete: "aws" },
    { set: "objectStorage", to: { kind: "s3", endpoint: "https://nas.dev.home.arpa:9000", region: "house" } },
];

function secret(graph: Graph, name: string): Record<string, unknown> {
    const found = ofType(graph, SECRET).find((one) => at(one, "metadata", "name") === name);
    return at(found ?? assert.fail(`no secret ${name}`), "stringData") as Record<string, unknown>;
}

describe("a house whose backups go to a server of its own", () => {
    let graph: Graph;
    before(async () => {
        graph = await captureHouse("dev", devHouse(...nas));
    });

    it("has nothing at AWS, and asks it for nothing", () => {
        const atAws = ({ type }: CapturedResource) => type.startsWith("aws:") || type === "pulumi:providers:aws";
        assert.deepEqual(graph.resources.filter(atAws), []);
    });

    it("shows each bucket's address among its outputs, and nothing else", () => {
        const server = "https://nas.dev.home.arpa:9000";
        assert.deepEqual(graph.outputs["backups"], {
            longhorn: `${server}/homelab-longhorn`,
            databases: `${server}/homelab-databases`,
            etcd: `${server}/homelab-etcd`,
        });
    });

    it("tells Longhorn where that is, with the key", () => {
        const told = ofType(graph, SECRET).find((one) => at(one, "stringData", "AWS_ENDPOINTS") !== undefined);
        const { AWS_ENDPOINTS, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = at(
            told ?? assert.fail("no secret for Longhorn"),
            "stringData",
        ) as Record<string, unknown>;
        assert.deepEqual(
            [AWS_ENDPOINTS, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY],
            ["https://nas.dev.home.arpa:9000", "keyIdOfStore", "keyOfStore"],
        );
        const release = only(graph, "kubernetes:helm.sh/v3:Release", "block-longhorn");
        assert.match(JSON.stringify(at(release, "values")), /"s3:\/\/homelab-longhorn@house\/"/);
    });

    it("sends the dumps of databases and configuration there, with the key", () => {
        for (const name of ["jellyfin-database", "jellyfin-configuration"]) {
            const kept = secret(graph, `${name}-backup-s3`);
            assert.deepEqual(kept, { accessKeyId: "keyIdOfStore", secretAccessKey: "keyOfStore" });
        }
        const jobs = JSON.stringify(ofType(graph, "kubernetes:batch/v1:CronJob"));
        assert.match(jobs, /"name":"TARGET","value":"house:homelab-databases\/jellyfin"/);
        assert.match(jobs, /"name":"RCLONE_CONFIG_HOUSE_ENDPOINT","value":"https:\/\/nas.dev.home.arpa:9000"/);
    });

    it("sends snapshots of etcd there, with the key", () => {
        assert.deepEqual(secret(graph, "k3s-etcd-snapshot-s3-config"), {
            "etcd-s3-endpoint": "nas.dev.home.arpa:9000",
            "etcd-s3-region": "house",
            "etcd-s3-bucket": "homelab-etcd",
            "etcd-s3-retention": "60",
            "etcd-s3-access-key": "keyIdOfStore",
            "etcd-s3-secret-key": "keyOfStore",
        });
    });
});

describe("a lock of backups at AWS", () => {
    it("is on the bucket of the databases only: Longhorn and k3s write without the checksums that it asks for", async () => {
        const graph = await captureHouse("dev", devHouse({ set: "aws.lockDays", to: 14 }));
        const locks = ofType(graph, "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration");
        assert.deepEqual(
            locks.map((lock) => at(lock, "bucket")),
            ["homelab-dev-databases"],
        );
        const buckets = ofType(graph, "aws:s3/bucket:Bucket");
        assert.deepEqual(
            Object.fromEntries(buckets.map((bucket) => [at(bucket, "bucket"), at(bucket, "objectLockEnabled")])),
            { "homelab-dev-longhorn": false, "homelab-dev-databases": true, "homelab-dev-etcd": false },
        );
    });
});
