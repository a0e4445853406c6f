import assert from "node:assert/strict";
import { selectorMatchesTemplate as rule } from "../../../../policies/rules/workloads/selector-matches-template";
import { fact, judge, objectLabels, webLabels, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

function deployment(selector: unknown, labels: unknown) {
    const metadata = { name: "jellyfin", namespace: "media" };
    return fact("kubernetes:apps/v1:Deployment", { metadata, spec: { selector, template: { metadata: { labels } } } });
}

describe("selector-matches-template", () => {
    it("accepts a selector that is contained in the pods' labels", () => {
        assert.deepEqual(judge(rule, workload()), clean);
        assert.deepEqual(judge(rule, deployment({ matchLabels: webLabels }, objectLabels)), clean);
        const matchExpressions = [{ key: "a", operator: "In", values: ["b"] }];
        assert.deepEqual(judge(rule, deployment({ matchExpressions }, { a: "b" })), clean);
    });

    it("refuses one that asks for what the pods do not have", () => {
        assert.deepEqual(judge(rule, deployment({ matchLabels: { a: "b", c: "d" } }, { a: "b", c: "e" })).messages, [
            "Deployment media/jellyfin spec.template.metadata.labels: leave out { c: d } of the selector, so the workload does " +
                "not find its pods (selector-matches-template); add them to the template",
        ]);
    });

    it("does not judge a selector that cannot be said as labels", () => {
        const matchExpressions = [{ key: "a", operator: "Exists" }];
        assert.deepEqual(judge(rule, deployment({ matchExpressions }, {})), clean);
    });

    it("leaves an unknown label unchecked", () => {
        const found = judge(rule, deployment({ matchLabels: { a: "b" } }, { a: unknownText }));
        assert.deepEqual(found, { messages: [], unchecked: ["spec.template.metadata.labels.a"] });
    });

    it("asks nothing of a patch that leaves the labels to the object", () => {
        const patch = fact("kubernetes:apps/v1:DeploymentPatch", {
            spec: { selector: { matchLabels: { a: "b" } }, template: { spec: {} } },
        });
        assert.deepEqual(judge(rule, patch), clean);
    });

    it("does not apply to jobs, whose selector the server writes", () => {
        assert.equal(rule.applies("kubernetes:batch/v1:Job"), false);
    });
});
