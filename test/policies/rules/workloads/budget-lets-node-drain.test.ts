import assert from "node:assert/strict";
import { budgetLetsNodeDrain as rule } from "../../../../policies/rules/workloads/budget-lets-node-drain";
import { budget, excuse, fact, judge, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const keepsOne = { maxUnavailable: undefined, minAvailable: 1 };

describe("budget-lets-node-drain", () => {
    it("accepts a budget that lets one of two pods go", () => {
        assert.deepEqual(judge(rule, workload(), budget()), clean);
        assert.deepEqual(judge(rule, workload(), budget(keepsOne)), clean);
        assert.deepEqual(judge(rule, workload({ replicas: 1 }), budget()), clean);
    });

    it("says nothing where there is no budget, and nothing of a workload scaled to zero", () => {
        assert.deepEqual(judge(rule, workload()), clean);
        assert.deepEqual(judge(rule, workload({ replicas: 0 }), budget(keepsOne)), clean);
    });

    it("refuses a budget that keeps a single replica where it is", () => {
        assert.deepEqual(judge(rule, workload({ replicas: 1 }), budget(keepsOne)).messages, [
            "PodDisruptionBudget media/jellyfin spec: lets none of the pods of StatefulSet media/jellyfin (replicas: 1) be " +
                "evicted, so that a drain of its node never ends (budget-lets-node-drain); remove the budget",
        ]);
    });

    for (const spec of [{ maxUnavailable: 0 }, { maxUnavailable: undefined, minAvailable: "100%" }]) {
        it(`refuses ${JSON.stringify(spec)} for two replicas`, () => {
            assert.match(judge(rule, workload(), budget(spec)).messages.join(), /; write maxUnavailable 1$/);
        });
    }

    it("refuses a budget of no workload, and of two", () => {
        assert.match(judge(rule, budget()).messages.join(), /web \} selects no workload, and a budget counts/);
        const two = judge(rule, workload(), workload({ name: "twin" }), budget());
        assert.match(two.messages.join(), /selects StatefulSet media\/jellyfin, StatefulSet media\/twin/);
    });

    it("leaves a selector unjudged that cannot be said as labels", () => {
        const selector = { matchExpressions: [{ key: "app", operator: "Exists" }] };
        assert.deepEqual(judge(rule, budget({ selector })), clean);
    });

    it("leaves what is unknown unchecked", () => {
        assert.equal(judge(rule, workload({ labels: unknownText }), budget()).unchecked.length, 1);
        assert.deepEqual(judge(rule, workload(), budget({ maxUnavailable: unknownText })), {
            messages: [],
            unchecked: ["spec.maxUnavailable"],
        });
    });

    it("accepts an exception with a reason", () => {
        const { type, props } = budget(keepsOne);
        const annotations = { "policy.homelab/allow-budget-lets-node-drain": excuse("moved by hand, at night") };
        const excused = fact(type, { ...props, metadata: { name: "jellyfin", namespace: "media", annotations } });
        assert.deepEqual(judge(rule, workload({ replicas: 1 }), excused), clean);
    });
});
