import assert from "node:assert/strict";
import { parseConfig } from "../../infra/config/parse";
import { changed, readHouse } from "../infra/config/houses";
import { at, ofType } from "../support/graph";
import { captureHouse } from "../support/stack-graph";

/** What is done to nodes before their k3s is replaced, by the name of the plan. */
async function beforehand(file: string): Promise<Readonly<Record<string, readonly string[]>>> {
    const house = changed(readHouse(file), [{ set: "cluster.upgrades", to: "automatic" }]);
    const graph = await captureHouse("prod", parseConfig(house));
    const plans = ofType(graph, "kubernetes:upgrade.cattle.io/v1:Plan").map((plan): [string, string[]] => [
        String(at(plan, "metadata", "name")),
        ["cordon", "drain"].filter((word) => at(plan, "spec", word) !== undefined),
    ]);
    return Object.fromEntries(plans);
}

describe("automatic upgrades of k3s", () => {
    it("drain what carries programs in a house of several hosts", async () => {
        assert.deepEqual(await beforehand("Pulumi.prod.yaml"), { "k3s-servers": ["cordon"], "k3s-agents": ["drain"] });
    });

    it("leave the pods of the only host where they are", async () => {
        assert.deepEqual(await beforehand("test/fixtures/valid/one-host.yaml"), { "k3s-servers": ["cordon"] });
    });
});
