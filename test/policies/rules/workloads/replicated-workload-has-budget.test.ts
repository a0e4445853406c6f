import assert from "node:assert/strict";
import { replicatedWorkloadHasBudget as rule } from "../../../../policies/rules/workloads/replicated-workload-has-budget";
import { budget, excuse, judge, webLabels, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

describe("replicated-workload-has-budget", () => {
    for (const spec of [{}, { maxUnavailable: "50%" }, { maxUnavailable: undefined, minAvailable: 1 }]) {
        it(`accepts a budget of the workload's own pods with ${JSON.stringify(spec)}`, () => {
            assert.deepEqual(judge(rule, workload(), budget(spec)), clean);
        });
    }

    it("asks nothing of one replica, nor of kinds without a number", () => {
        assert.deepEqual(judge(rule, workload({ replicas: 1 })), clean);
        assert.deepEqual(judge(rule, workload({ type: "kubernetes:apps/v1:DaemonSet" })), clean);
    });

    it("refuses replicas without a budget, and says what to write", () => {
        assert.deepEqual(judge(rule, workload()).messages, [
            "StatefulSet media/jellyfin spec.replicas: no disruption budget selects its 2 replicas, so two drains may evict " +
                "all of them at once (replicated-workload-has-budget); add a PodDisruptionBudget with maxUnavailable 1 and the workload's own selector",
        ]);
    });

    it("does not take the budget of other pods", () => {
        const selector = { matchLabels: { ...webLabels, "app.kubernetes.io/component": "database" } };
        assert.equal(judge(rule, workload(), budget({ selector })).messages.length, 1);
        assert.equal(judge(rule, workload({ namespace: "other" }), budget()).messages.length, 1);
    });

    it("refuses two budgets for the same pods", () => {
        assert.match(judge(rule, workload(), budget(), budget()).messages.join(), /2 disruption budgets select it/);
    });

    for (const spec of [
        { maxUnavailable: 2 },
        { maxUnavailable: "100%" },
        { maxUnavailable: undefined, minAvailable: 0 },
    ]) {
        it(`refuses a budget that lets all go: ${JSON.stringify(spec)}`, () => {
            assert.match(
                judge(rule, workload(), budget(spec)).messages.join(),
                /^PodDisruptionBudget media\/jellyfin spec: lets all 2 replicas of StatefulSet media\/jellyfin go at once/,
            );
        });
    }

    it("leaves unknown replicas and selectors unchecked", () => {
        assert.deepEqual(judge(rule, workload({ replicas: unknownText })), {
            messages: [],
            unchecked: ["spec.replicas"],
        });
        assert.deepEqual(judge(rule, workload(), budget({ selector: unknownText })).messages, []);
        assert.equal(judge(rule, workload(), budget({ selector: unknownText })).unchecked.length, 1);
    });

    it("accepts an exception with a reason", () => {
        const annotations = {
            "policy.homelab/allow-replicated-workload-has-budget": excuse("a cache that may go at any time"),
        };
        assert.deepEqual(judge(rule, workload({ annotations })), clean);
    });
});
