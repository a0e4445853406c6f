import assert from "node:assert/strict";
import { containerResourcesSet as rule } from "../../../../policies/rules/workloads/container-resources-set";
import { excuse, judge, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

function complaints(resources: unknown): readonly string[] {
    return judge(rule, workload({ container: { resources } })).messages;
}

describe("container-resources-set", () => {
    it("accepts what reserves both and limits memory", () => {
        assert.deepEqual(judge(rule, workload()), clean);
        assert.deepEqual(complaints({ requests: { cpu: 1, memory: "1Gi" }, limits: { memory: "1Gi", cpu: "2" } }), []);
    });

    it("reads a limit as a request, as the server does", () => {
        assert.deepEqual(complaints({ requests: { cpu: "50m" }, limits: { memory: "1Gi" } }), []);
        assert.deepEqual(complaints({ limits: { cpu: "1", memory: "1Gi" } }), []);
    });

    it("refuses a container without any, in three messages that say where", () => {
        const found = complaints(undefined);
        assert.equal(found.length, 3);
        assert.equal(
            found[2],
            "StatefulSet media/jellyfin spec.template.spec.containers[0].resources.limits.memory: is not set, so it may take " +
                "its node's whole memory, and the kernel kills another (container-resources-set); write what was measured",
        );
    });

    it("refuses one without a limit of memory, and one without a request of CPU", () => {
        assert.match(
            complaints({ requests: { cpu: "1", memory: "1Gi" } }).join(),
            /^\S+ \S+ \S+limits\.memory: is not set/,
        );
        assert.match(complaints({ limits: { memory: "1Gi" } }).join(), /^\S+ \S+ \S+requests\.cpu: is not set/);
    });

    it("looks at init containers, not at ephemeral ones, which have none", () => {
        const pod = { initContainers: [{ name: "prepare" }], ephemeralContainers: [{ name: "debug" }] };
        const found = judge(rule, workload({ pod })).messages;
        assert.equal(found.length, 3);
        for (const message of found) assert.match(message, /initContainers\[0\]/);
    });

    it("leaves an unknown quantity unchecked and judges the rest", () => {
        const found = judge(rule, workload({ container: { resources: { requests: { cpu: unknownText } } } }));
        assert.equal(found.messages.length, 2);
        assert.deepEqual(found.unchecked, ["spec.template.spec.containers.0.resources.requests.cpu"]);
    });

    it("asks nothing of a patch that is about something else", () => {
        const type = "kubernetes:apps/v1:DeploymentPatch";
        assert.deepEqual(judge(rule, workload({ type, container: { resources: undefined } })), clean);
    });

    it("accepts an exception with a reason", () => {
        const annotations = {
            "policy.homelab/allow-container-resources-set": excuse("sized by the chart's own operator"),
        };
        assert.deepEqual(judge(rule, workload({ annotations, container: { resources: {} } })), clean);
    });

    it("does not apply to what runs no pods", () => {
        assert.equal(rule.applies("kubernetes:core/v1:PersistentVolumeClaim"), false);
    });
});
