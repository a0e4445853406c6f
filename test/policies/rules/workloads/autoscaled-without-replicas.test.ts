import assert from "node:assert/strict";
import { autoscaledWithoutReplicas as rule } from "../../../../policies/rules/workloads/autoscaled-without-replicas";
import { excuse, fact, judge, withOptions, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const scaler = (name: unknown = "jellyfin") =>
    fact("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", {
        metadata: { name: "jellyfin", namespace: "media" },
        spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "StatefulSet", name }, maxReplicas: 4 },
    });

describe("autoscaled-without-replicas", () => {
    it("accepts a workload whose number nobody scales, or whose number the program leaves alone", () => {
        assert.deepEqual(judge(rule, workload(), scaler("other")), clean);
        assert.deepEqual(judge(rule, withOptions(workload(), { ignoreChanges: ["spec.replicas"] }), scaler()), clean);
    });

    it("refuses a number that the autoscaler sets too", () => {
        assert.match(
            judge(rule, workload(), scaler()).messages.join(),
            /^StatefulSet media\/jellyfin spec\.replicas: HorizontalPodAutoscaler media\/jellyfin sets this number by the load, .*; leave it out/,
        );
    });

    it("leaves an unknown target unchecked", () => {
        assert.deepEqual(judge(rule, workload(), scaler(unknownText)).unchecked, ["spec.scaleTargetRef.name"]);
    });

    it("accepts an exception with a reason", () => {
        const annotations = {
            "policy.homelab/allow-autoscaled-without-replicas": excuse("the first run needs a number"),
        };
        assert.deepEqual(judge(rule, workload({ annotations }), scaler()), clean);
    });

    it("does not apply to Services", () => {
        assert.equal(rule.applies("kubernetes:core/v1:Service"), false);
    });
});
