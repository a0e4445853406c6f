import assert from "node:assert/strict";
import { dataProtectedAsOne as rule } from "../../../../policies/rules/storage/data-protected-as-one";
import { excuse, fact, judge, machine, service, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

const safe = { ...machine("pve-1"), opts: { protect: true } };

describe("data-protected-as-one", () => {
    it("accepts that everything is protected, or nothing", () => {
        assert.deepEqual(judge(rule, safe, { ...workload(), opts: { protect: true } }), clean);
        assert.deepEqual(judge(rule, machine("pve-1"), workload()), clean);
    });

    it("asks nothing of what holds no data", () => {
        assert.deepEqual(judge(rule, safe, service()), clean);
        assert.deepEqual(judge(rule, safe, workload({ type: "kubernetes:apps/v1:Deployment" })), clean);
    });

    it("refuses what was left out", () => {
        assert.deepEqual(judge(rule, safe, workload()).messages, [
            "StatefulSet media/jellyfin: is not protected from deletion, as 1 others with data are (data-protected-as-one); " +
                "pass protect on from the component above it",
        ]);
        assert.equal(judge(rule, { ...workload(), opts: { protect: true } }, machine("pve-1")).messages.length, 1);
    });

    it("knows a cluster of databases, and no other cluster", () => {
        const metadata = { name: "jellyfin-postgres-ha", namespace: "media" };
        const cluster = (group: string) => fact(`kubernetes:${group}:Cluster`, { metadata, spec: { instances: 3 } });
        assert.match(
            judge(rule, safe, cluster("postgresql.cnpg.io/v1")).messages.join(),
            /^Cluster media\/jellyfin-postgres-ha: is not protected from deletion, as 1 others with data are/,
        );
        const kept = { ...cluster("postgresql.cnpg.io/v1"), opts: { protect: true } };
        assert.deepEqual(judge(rule, safe, kept), clean);
        assert.deepEqual(judge(rule, safe, cluster("cluster.x-k8s.io/v1beta1")), clean);
    });

    it("lets go what says where its data has moved to", () => {
        const moved = workload({ annotations: { "homelab/data-moved-to": "ha" } });
        assert.deepEqual(judge(rule, safe, moved), clean);
        assert.equal(judge(rule, safe, moved, workload({ name: "another" })).messages.length, 1);
    });

    it("lets go what says that it holds none", () => {
        const tried = workload({ annotations: { "homelab/holds-no-data": "its files are cleared" } });
        assert.deepEqual(judge(rule, safe, tried), clean);
        assert.equal(judge(rule, safe, tried, workload({ name: "another" })).messages.length, 1);
    });

    it("does not need any value of the object", () => {
        assert.equal(judge(rule, safe, workload({ labels: unknownText })).messages.length, 1);
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-data-protected-as-one": excuse("its disk is a cache") };
        assert.deepEqual(judge(rule, safe, workload({ annotations })), clean);
    });
});
