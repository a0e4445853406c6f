import assert from "node:assert/strict";
import { upgradedLabels } from "../../../components/upgrades";

describe("the labels of nodes that are upgraded", () => {
    it("are those that v0.20.1 of the controller gives, as it was seen to", () => {
        const digest = "6f4c591054018e0cd23361788069f8e4afdbd3bab32611f9176eb074";
        assert.deepEqual(upgradedLabels("v1.36.3+k3s1"), {
            server: { "plan.upgrade.cattle.io/k3s-servers": digest },
            agent: { "plan.upgrade.cattle.io/k3s-agents": digest },
        });
    });

    it("differ from release to release", () => {
        assert.notDeepEqual(upgradedLabels("v1.36.3+k3s1"), upgradedLabels("v1.36.3+k3s2"));
    });
});
