import assert from "node:assert/strict";
import { dayOf } from "../../policies/model/day";
import { checkAll } from "../../policies/model/run";
import { rules } from "../../policies/rules";
import { at, ofType, only, type Graph } from "../support/graph";
import { captureHouse, otherHouses } from "../support/stack-graph";

for (const [file, config] of otherHouses()) {
    describe(`the program with ${file}`, () => {
        let graph: Graph;
        before(async () => {
            graph = await captureHouse("prod", config);
        });

        it("keeps to every rule of the policy pack", () => {
            const { violations, notChecked, broken } = checkAll(rules, graph.resources, dayOf(new Date()));
            assert.deepEqual({ violations, notChecked, broken }, { violations: [], notChecked: [], broken: [] });
        });

        it("gives every resource a URN of its own, and every object a name of its own", () => {
            const objects = graph.resources.filter(({ type }) => type.startsWith("kubernetes:"));
            const keys = [
                ...graph.resources.map(({ urn }) => urn),
                ...objects.map((object) => {
                    const [namespace, name] = [at(object, "metadata", "namespace"), at(object, "metadata", "name")];
                    return JSON.stringify([object.type, namespace, name ?? object.name]);
                }),
            ];
            assert.deepEqual(
                keys.filter((key, index) => keys.indexOf(key) !== index),
                [],
            );
        });

        it("tries the storage of every node that workloads may use, before Jellyfin is put there", () => {
            const { servers, agents } = config.cluster;
            const { machines } = agents ?? servers;
            const jobs = ofType(graph, "kubernetes:batch/v1:Job").filter(
                (job) => at(job, "metadata", "namespace") === "storage-preflight",
            );
            const wanted = config.storage.preflight ? machines.map(({ name }) => `preflight-${name}`) : [];
            assert.deepEqual(
                jobs.map((job) => at(job, "metadata", "name")),
                wanted,
            );
            const jellyfin = only(graph, "kubernetes:apps/v1:StatefulSet", "jellyfin-web-statefulset");
            for (const { urn } of jobs) assert.ok(jellyfin.opts.dependsOn.includes(urn), urn);
        });

        it("tries the GPU of every machine that has one", () => {
            const { servers, agents } = config.cluster;
            const withGpu = [...servers.machines, ...(agents?.machines ?? [])].filter(({ gpu }) => gpu);
            const tried = ofType(graph, "kubernetes:batch/v1:Job").filter(
                (job) => at(job, "metadata", "labels", "app.kubernetes.io/component") === "gpu-smoke-test",
            );
            assert.deepEqual(
                tried.map((job) => at(job, "metadata", "name")).sort(),
                withGpu.map(({ name }) => `smoke-test-${name}`).sort(),
            );
        });
    });
}
