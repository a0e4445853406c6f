import assert from "node:assert/strict";
import { standardLabels as rule } from "../../../../policies/rules/workloads/standard-labels";
import { judge, objectLabels, service, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

describe("standard-labels", () => {
    it("accepts a workload, its pods and its Service with all five", () => {
        assert.deepEqual(judge(rule, workload(), service()), clean);
    });

    it("refuses pods that lack some, and names them", () => {
        const labels = { ...objectLabels, "app.kubernetes.io/part-of": null, "app.kubernetes.io/instance": undefined };
        assert.deepEqual(judge(rule, workload({ labels })).messages, [
            "StatefulSet media/jellyfin spec.template.metadata.labels: app.kubernetes.io/instance, app.kubernetes.io/part-of " +
                "missing: policies, alerts and people find pods by them (standard-labels); add them, as objectLabels of " +
                "components/workload does",
        ]);
    });

    it("refuses a Service without labels", () => {
        assert.match(judge(rule, service({}, { labels: undefined })).messages.join(), /metadata\.labels: .* missing/);
    });

    it("asks a bare pod once", () => {
        const pod = { ...workload({ type: "kubernetes:core/v1:Pod" }), props: { metadata: { name: "debug" } } };
        assert.equal(judge(rule, pod).messages.length, 1);
    });

    it("takes a label whose value is unknown as written, and leaves unknown labels unchecked", () => {
        assert.deepEqual(
            judge(rule, workload({ labels: { ...objectLabels, "app.kubernetes.io/name": unknownText } })),
            clean,
        );
        assert.deepEqual(judge(rule, workload({ labels: unknownText })).unchecked, ["spec.template.metadata.labels"]);
    });

    it("asks nothing of a patch", () => {
        const type = "kubernetes:apps/v1:DeploymentPatch";
        assert.deepEqual(judge(rule, workload({ type, labels: {} })), clean);
    });

    it("does not apply to what is neither", () => {
        assert.equal(rule.applies("kubernetes:core/v1:Namespace"), false);
    });
});
