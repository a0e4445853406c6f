import assert from "node:assert/strict";
import { parseConfig } from "../../infra/config/parse";
import { changed, readHouse, type Change } from "../infra/config/houses";
import { captureHouse } from "../support/stack-graph";

/** What the program says about hosts that are all needed. */
async function saidOfHosts(file: string, ...changes: readonly Change[]): Promise<readonly string[]> {
    const graph = await captureHouse("prod", parseConfig(changed(readHouse(file), changes)));
    const steps: unknown = graph.outputs["nextSteps"];
    assert.ok(Array.isArray(steps));
    return steps.map(String).filter((step) => step.includes("pods of Jellyfin"));
}

describe("what to do next", () => {
    const managed = "test/fixtures/valid/managed-three-nodes.yaml";

    it("names the hosts that the pods of Jellyfin need all of, so that a drain leaves one of them waiting", async () => {
        assert.deepEqual(await saidOfHosts(managed, { delete: "cluster.nodes[2]" }), [
            "mind that the 2 pods of Jellyfin need all of pool-a-7x2kq and pool-a-7x2kw: while one is drained or off, its pod waits for it; one host more, or a lower jellyfin.replicas, leaves room",
        ]);
    });

    it("counts the hosts that have a GPU where Jellyfin wants one", async () => {
        const said = await saidOfHosts(
            "test/fixtures/valid/gpus-of-three-makers.yaml",
            // Two are Intel's, and the other two are of other makers.
            { set: "jellyfin.replicas", to: 2 },
        );
        assert.equal(said.length, 1);
        assert.match(said[0] ?? "", /need all of pve-1 and pve-4: .* one host more with such a GPU/);
    });

    it("says nothing of hosts where one is left, or where a single pod has nothing to keep up", async () => {
        assert.deepEqual(await saidOfHosts(managed), []);
        assert.deepEqual(await saidOfHosts("test/fixtures/valid/kind.yaml"), []);
    });
});
