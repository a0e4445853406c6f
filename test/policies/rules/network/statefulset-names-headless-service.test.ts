import assert from "node:assert/strict";
import { statefulsetNamesHeadlessService as rule } from "../../../../policies/rules/network/statefulset-names-headless-service";
import { excuse, fact, judge, service, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

function set(serviceName: unknown, metadata: object = {}) {
    const { type, props } = workload();
    return fact(type, {
        metadata: { ...Object(props["metadata"]), ...metadata },
        spec: { ...Object(props["spec"]), serviceName },
    });
}

describe("statefulset-names-headless-service", () => {
    it("accepts a headless Service of its namespace", () => {
        assert.deepEqual(judge(rule, set("jellyfin"), service({ clusterIP: "None" })), clean);
    });

    it("asks nothing of a set without a name, and of other kinds", () => {
        assert.deepEqual(judge(rule, set(undefined)), clean);
        assert.deepEqual(judge(rule, set("")), clean);
        assert.deepEqual(judge(rule, workload({ type: "kubernetes:apps/v1:Deployment" })), clean);
    });

    it("refuses a Service that is not there", () => {
        for (const others of [[], [service({ clusterIP: "None" }, { namespace: "other" })]]) {
            assert.deepEqual(judge(rule, set("jellyfin"), ...others).messages, [
                "StatefulSet media/jellyfin spec.serviceName: there is no Service jellyfin in its namespace, so its pods have " +
                    "no names (statefulset-names-headless-service); add a Service with clusterIP None and the set's selector",
            ]);
        }
    });

    it("refuses a Service with an address", () => {
        assert.match(
            judge(rule, set("jellyfin"), service()).messages.join(),
            /Service media\/jellyfin is not headless \(clusterIP: unset\)/,
        );
    });

    it("leaves what is unknown unchecked", () => {
        assert.deepEqual(judge(rule, set(unknownText)).unchecked, ["spec.serviceName"]);
        assert.deepEqual(judge(rule, set("jellyfin"), service({ clusterIP: unknownText })).unchecked, [
            "spec.clusterIP",
        ]);
        assert.deepEqual(judge(rule, set("x"), service({}, { name: unknownText })).unchecked, ["metadata.name"]);
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-statefulset-names-headless-service": excuse("the chart makes it") };
        assert.deepEqual(judge(rule, set("jellyfin", { annotations })), clean);
    });
});
