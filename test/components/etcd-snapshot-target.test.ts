import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ETCD_SNAPSHOT_SECRET, EtcdSnapshotTarget } from "../../components/etcd-snapshot-target";
import type { S3Target } from "../../components/object-storage";
import { serverConfig } from "../../infra/k3s/server-config";
import { at, captureGraph, only } from "../support/graph";

function target(changes: Partial<S3Target> = {}): S3Target {
    return {
        endpoint: "https://s3.eu-central-1.amazonaws.com",
        region: "eu-central-1",
        bucket: "homelab-etcd",
        folder: "snapshots",
        accessKeyId: pulumi.secret("idOfSnapshots"),
        secretAccessKey: pulumi.secret("keyOfSnapshots"),
        ...changes,
    };
}

async function secretOf(given: S3Target) {
    const graph = await captureGraph(() => new EtcdSnapshotTarget("snapshots", { target: given, copies: 60 }));
    return only(graph, "kubernetes:core/v1:Secret");
}

describe("where snapshots of etcd are copied to", () => {
    it("is told in the secret and by the keys that k3s looks for", async () => {
        const secret = await secretOf(target());
        assert.equal(at(secret, "type"), "etcd.k3s.cattle.io/s3-config-secret");
        assert.deepEqual(
            [at(secret, "metadata", "namespace"), at(secret, "metadata", "name")],
            ["kube-system", ETCD_SNAPSHOT_SECRET],
        );
        assert.deepEqual(at(secret, "stringData"), {
            "etcd-s3-endpoint": "s3.eu-central-1.amazonaws.com",
            "etcd-s3-region": "eu-central-1",
            "etcd-s3-bucket": "homelab-etcd",
            "etcd-s3-folder": "snapshots",
            "etcd-s3-retention": "60",
            "etcd-s3-access-key": "idOfSnapshots",
            "etcd-s3-secret-key": "keyOfSnapshots",
        });
    });

    it("may be a server of one's own without TLS", async () => {
        const secret = await secretOf(target({ endpoint: "http://nas.home.arpa:9000" }));
        assert.equal(at(secret, "stringData", "etcd-s3-endpoint"), "nas.home.arpa:9000");
        assert.equal(at(secret, "stringData", "etcd-s3-insecure"), "true");
    });

    it("keeps the key secret", async () => {
        const { secretPaths } = await secretOf(target());
        assert.ok(secretPaths.some((path) => path.startsWith("stringData")));
    });

    it("is named to the servers, without a second word on it, which would make k3s overlook the secret", () => {
        const node = { name: "a", address: "192.168.20.21", labels: {}, taints: [] };
        const cluster = { podsCidr: "10.42.0.0/16", servicesCidr: "10.43.0.0/16", apiNames: [], serviceLb: true };
        const common = { node, cluster, start: { kind: "first" }, token: "a", agentPassword: "b" } as const;
        const s3 = (config: object) => Object.entries(config).filter(([key]) => key.startsWith("etcd-s3"));
        assert.deepEqual(s3(serverConfig({ ...common, snapshotSecret: ETCD_SNAPSHOT_SECRET })), [
            ["etcd-s3", true],
            ["etcd-s3-config-secret", ETCD_SNAPSHOT_SECRET],
        ]);
        assert.deepEqual(s3(serverConfig(common)), []);
    });
});
