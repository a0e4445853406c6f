import assert from "node:assert/strict";
import { parseConfig } from "../../infra/config/parse";
import { dayOf } from "../../policies/model/day";
import { checkAll } from "../../policies/model/run";
import { rules } from "../../policies/rules";
import { changed, readHouse, type Change } from "../infra/config/houses";
import { at, only, type Graph } from "../support/graph";
import { captureHouse } from "../support/stack-graph";

function build(...changes: readonly Change[]): Promise<Graph> {
    const house = changed(readHouse("test/fixtures/valid/managed-three-nodes.yaml"), changes);
    return captureHouse("managed-three-nodes", parseConfig(house));
}

describe("Longhorn on the one node of a cluster that was there", () => {
    it("keeps to every rule of the policy pack with the one copy that the configuration allows", async () => {
        const config = parseConfig(readHouse("test/fixtures/valid/existing-one-node-longhorn.yaml"));
        const { resources } = await captureHouse("shed", config);
        assert.ok(resources.some(({ name }) => name === "block-longhorn"));
        const { violations, notChecked, broken } = checkAll(rules, resources, dayOf(new Date()));
        assert.deepEqual({ violations, notChecked, broken }, { violations: [], notChecked: [], broken: [] });
    });
});

describe("a cluster of databases on a cluster that was there", () => {
    /** Labels that its instances ask of a node. */
    async function asked(...changes: readonly Change[]): Promise<readonly unknown[]> {
        const graph = await build({ set: "database", to: { mode: "ha" } }, ...changes);
        const cluster = only(graph, "kubernetes:postgresql.cnpg.io/v1:Cluster");
        const required = "requiredDuringSchedulingIgnoredDuringExecution";
        const term = ["spec", "affinity", "nodeAffinity", required, "nodeSelectorTerms", 0, "matchExpressions"];
        const expressions = at(cluster, ...term);
        assert.ok(Array.isArray(expressions));
        return expressions.map((expression: { key: string }) => expression.key);
    }

    it("is on any node where the cluster has a class for its volumes", async () => {
        assert.deepEqual(await asked(), ["topology.kubernetes.io/zone"]);
    });

    it("is on nodes that are prepared for storage where its volumes are Longhorn's", async () => {
        const nodes = ["a", "b", "c"].map((name) => ({ name, nfs: true }));
        const changes: readonly Change[] = [
            { set: "cluster.nodes", to: nodes },
            { delete: "cluster.storageClasses.block" },
        ];
        assert.deepEqual(await asked(...changes), ["topology.kubernetes.io/zone", "homelab/nfs"]);
    });
});
