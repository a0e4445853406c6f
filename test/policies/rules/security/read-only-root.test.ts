import assert from "node:assert/strict";
import { readOnlyRoot as rule } from "../../../../policies/rules/security/read-only-root";
import { excuse, judge, webContainer, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

const writable = { ...webContainer.securityContext, readOnlyRootFilesystem: false };

describe("read-only-root", () => {
    it("accepts a root that nothing writes to", () => {
        assert.deepEqual(judge(rule, workload()), clean);
    });

    for (const securityContext of [writable, {}, undefined]) {
        it(`refuses the security context ${JSON.stringify(securityContext)}`, () => {
            assert.deepEqual(judge(rule, workload({ container: { securityContext } })).messages, [
                "StatefulSet media/jellyfin spec.template.spec.containers[0].securityContext.readOnlyRootFilesystem: is not " +
                    "true, so what no volume holds is written to the node's disk and lost with the container " +
                    "(read-only-root); write true, and mount a volume where it writes",
            ]);
        });
    }

    it("looks at init containers too", () => {
        const [message] = judge(rule, workload({ pod: { initContainers: [{ name: "prepare" }] } })).messages;
        assert.match(message ?? "", /initContainers\[0\]/);
    });

    it("leaves an unknown setting unchecked", () => {
        const container = { securityContext: { readOnlyRootFilesystem: unknownText } };
        assert.deepEqual(judge(rule, workload({ container })), {
            messages: [],
            unchecked: ["spec.template.spec.containers.0.securityContext.readOnlyRootFilesystem"],
        });
    });

    it("asks nothing of a patch that is about something else", () => {
        const type = "kubernetes:apps/v1:DaemonSetPatch";
        assert.deepEqual(judge(rule, workload({ type, container: { securityContext: undefined } })), clean);
    });

    it("accepts the exception that Workload writes", () => {
        const annotations = { "policy.homelab/allow-read-only-root": excuse("the image patches its own web files") };
        assert.deepEqual(judge(rule, workload({ annotations, container: { securityContext: writable } })), clean);
    });

    it("does not apply to what runs no pods", () => {
        assert.equal(rule.applies("kubernetes:helm.sh/v3:Release"), false);
    });
});
