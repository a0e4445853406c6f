import assert from "node:assert/strict";
import { noPrivilegeEscalation as rule } from "../../../../policies/rules/security/no-privilege-escalation";
import { excuse, judge, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

function complaints(securityContext: unknown): readonly string[] {
    return judge(rule, workload({ container: { securityContext } })).messages;
}

describe("no-privilege-escalation", () => {
    it("accepts a container that never gains privileges and drops all capabilities", () => {
        assert.deepEqual(judge(rule, workload()), clean);
        const added = { allowPrivilegeEscalation: false, capabilities: { drop: ["all"], add: ["NET_BIND_SERVICE"] } };
        assert.deepEqual(complaints(added), []);
    });

    it("refuses a container that says nothing, and says what to write", () => {
        const place = "StatefulSet media/jellyfin spec.template.spec.containers[0].securityContext";
        assert.deepEqual(complaints(undefined), [
            `${place}.allowPrivilegeEscalation: is not false, so a setuid file in the image makes root of any process ` +
                "(no-privilege-escalation); write false",
            `${place}.capabilities.drop: leaves ALL out, so the container keeps the runtime's capabilities ` +
                '(no-privilege-escalation); write ["ALL"], and add back the one it needs',
        ]);
    });

    it("refuses to drop some capabilities only", () => {
        const some = { allowPrivilegeEscalation: false, capabilities: { drop: ["NET_RAW"] } };
        assert.match(complaints(some).join(), /^[^;]*capabilities\.drop: leaves ALL out[^;]*;[^;]*$/);
    });

    it("looks at init and ephemeral containers too", () => {
        const pod = { initContainers: [{ name: "init" }], ephemeralContainers: [{ name: "debug" }] };
        assert.equal(judge(rule, workload({ pod })).messages.length, 4);
    });

    it("leaves a privileged container to the rule about those", () => {
        assert.deepEqual(complaints({ privileged: true }), []);
    });

    it("leaves an unknown setting unchecked and judges the rest", () => {
        const found = judge(
            rule,
            workload({ container: { securityContext: { allowPrivilegeEscalation: unknownText, capabilities: {} } } }),
        );
        assert.equal(found.messages.length, 1);
        assert.deepEqual(found.unchecked, ["spec.template.spec.containers.0.securityContext.allowPrivilegeEscalation"]);
    });

    it("asks of a patch only what it writes", () => {
        const type = "kubernetes:apps/v1:StatefulSetPatch";
        assert.deepEqual(judge(rule, workload({ type, container: { securityContext: undefined } })), clean);
        const container = { securityContext: { allowPrivilegeEscalation: true } };
        assert.equal(judge(rule, workload({ type, container })).messages.length, 1);
    });

    it("accepts an exception with a reason", () => {
        const annotations = {
            "policy.homelab/allow-no-privilege-escalation": excuse("sudo is how the image starts its parts"),
        };
        assert.deepEqual(judge(rule, workload({ annotations, container: { securityContext: {} } })), clean);
    });

    it("does not apply to what runs no pods", () => {
        assert.equal(rule.applies("kubernetes:core/v1:Namespace"), false);
        assert.equal(rule.applies("aws:s3/bucket:Bucket"), false);
    });
});
