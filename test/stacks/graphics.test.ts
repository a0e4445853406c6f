import assert from "node:assert/strict";
import { parseConfig } from "../../infra/config/parse";
import { changed, readHouse, type Change } from "../infra/config/houses";
import { at, ofType } from "../support/graph";
import { captureHouse } from "../support/stack-graph";

/** What of the tests of GPUs is left as it was made, whatever changes: one entry a test. */
async function leftAsMade(...changes: readonly Change[]): Promise<readonly (readonly string[])[]> {
    const house = changed(readHouse("test/fixtures/valid/everything-on.yaml"), changes);
    const graph = await captureHouse("prod", parseConfig(house));
    return ofType(graph, "kubernetes:batch/v1:Job")
        .filter((job) => at(job, "metadata", "labels", "app.kubernetes.io/component") === "gpu-smoke-test")
        .map(({ opts }) => opts.ignoreChanges);
}

describe("the test of a GPU", () => {
    it("is not made again beside workers, who may have every share of it by then", async () => {
        assert.deepEqual(await leftAsMade(), [["spec"], ["spec"], ["spec"]]);
    });

    it("is made again when it changes where a share is left: without workers, or where they transcode without GPUs", async () => {
        assert.deepEqual(await leftAsMade({ delete: "jellyfin.workers" }), [[], [], []]);
        assert.deepEqual(await leftAsMade({ set: "jellyfin.gpu", to: false }), [[], [], []]);
    });
});
