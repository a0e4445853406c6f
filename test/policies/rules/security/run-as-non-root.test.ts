import assert from "node:assert/strict";
import { runAsNonRoot as rule } from "../../../../policies/rules/security/run-as-non-root";
import { excuse, judge, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

function complaints(onPod: unknown, onContainer?: unknown): readonly string[] {
    const container = { securityContext: onContainer };
    return judge(rule, workload({ container, pod: { securityContext: onPod } })).messages;
}

describe("run-as-non-root", () => {
    it("accepts a pod that may not be root, with a user or with the image's", () => {
        assert.deepEqual(judge(rule, workload()), clean);
        assert.deepEqual(complaints({ runAsNonRoot: true }), []);
    });

    it("accepts a container that says it for itself", () => {
        assert.deepEqual(complaints(undefined, { runAsNonRoot: true, runAsUser: 1000 }), []);
        assert.deepEqual(complaints({ runAsUser: 0 }, { runAsNonRoot: true, runAsUser: 1000 }), []);
    });

    it("refuses a pod that leaves it to the image, at the place where to write it", () => {
        assert.deepEqual(complaints({ runAsUser: 1000 }), [
            "StatefulSet media/jellyfin spec.template.spec.securityContext.runAsNonRoot: is not true, so the image decides, " +
                "and most images decide for root (run-as-non-root); write true",
        ]);
    });

    it("refuses root by number, and a container that takes the pod's word back", () => {
        assert.match(complaints({ runAsNonRoot: true, runAsUser: 0 }).join(), /securityContext\.runAsUser: is 0/);
        const [message] = complaints({ runAsNonRoot: true }, { runAsNonRoot: false });
        assert.match(message ?? "", /containers\[0\]\.securityContext\.runAsNonRoot: is not true/);
    });

    it("leaves an unknown user unchecked and judges the rest", () => {
        const pod = { securityContext: { runAsUser: unknownText } };
        const found = judge(rule, workload({ pod }));
        assert.equal(found.messages.length, 1);
        assert.deepEqual(found.unchecked, ["spec.template.spec.securityContext.runAsUser"]);
    });

    it("asks nothing of a patch that is about something else", () => {
        const type = "kubernetes:apps/v1:StatefulSetPatch";
        assert.deepEqual(judge(rule, workload({ type, pod: { securityContext: undefined } })), clean);
    });

    it("accepts the exception that Workload writes", () => {
        const annotations = { "policy.homelab/allow-run-as-non-root": excuse("the exporter reads the disks' health") };
        assert.deepEqual(judge(rule, workload({ annotations, pod: { securityContext: { runAsUser: 0 } } })), clean);
    });

    it("does not apply to what runs no pods", () => {
        assert.equal(rule.applies("kubernetes:core/v1:Service"), false);
    });
});
