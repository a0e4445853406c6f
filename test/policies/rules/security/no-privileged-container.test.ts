import assert from "node:assert/strict";
import { noPrivilegedContainer as rule } from "../../../../policies/rules/security/no-privileged-container";
import { excuse, judge, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

function complaints(securityContext: unknown): readonly string[] {
    return judge(rule, workload({ container: { securityContext } })).messages;
}

describe("no-privileged-container", () => {
    it("accepts a container without privileges", () => {
        assert.deepEqual(judge(rule, workload()), clean);
    });

    for (const context of [undefined, null, {}, { privileged: false }, { privileged: null, capabilities: null }]) {
        it(`accepts the security context ${JSON.stringify(context)}`, () => assert.deepEqual(complaints(context), []));
    }

    it("accepts capabilities that stay inside of the container", () => {
        assert.deepEqual(complaints({ capabilities: { add: ["NET_BIND_SERVICE", "CAP_CHOWN"] } }), []);
    });

    it("refuses a privileged container and says what to write", () => {
        assert.deepEqual(complaints({ privileged: true }), [
            "StatefulSet media/jellyfin spec.template.spec.containers[0].securityContext.privileged: is true " +
                "(no-privileged-container); ask the device plugin for the device",
        ]);
    });

    it("refuses a container that may gain privileges", () => {
        assert.match(complaints({ allowPrivilegeEscalation: true }).join(), /allowPrivilegeEscalation: is true/);
    });

    for (const capability of ["SYS_ADMIN", "CAP_NET_ADMIN", "ALL", "sys_ptrace"]) {
        it(`refuses the added capability ${capability}`, () => {
            const [message] = complaints({ capabilities: { add: ["CHOWN", capability] } });
            assert.ok(message?.includes(`capabilities.add[1]: ${capability} reaches the node`), message);
        });
    }

    it("looks at init and ephemeral containers too", () => {
        const securityContext = { privileged: true };
        const pod = { initContainers: [{ securityContext }], ephemeralContainers: [{ securityContext }] };
        assert.equal(judge(rule, workload({ pod })).messages.length, 2);
    });

    it("reports all mistakes of all containers at once", () => {
        const securityContext = { privileged: true, allowPrivilegeEscalation: true, capabilities: { add: ["BPF"] } };
        assert.equal(
            judge(rule, workload({ pod: { containers: [{ securityContext }, { securityContext }] } })).messages.length,
            6,
        );
    });

    it("leaves an unknown setting unchecked and judges the rest", () => {
        const securityContext = { privileged: unknownText, capabilities: { add: [unknownText, "BPF"] } };
        const found = judge(rule, workload({ container: { securityContext } }));
        assert.equal(found.messages.length, 1);
        assert.deepEqual(found.unchecked, ["spec.template.spec.containers.0.securityContext.privileged"]);
    });

    it("accepts an exception with a reason, not one without", () => {
        const container = { securityContext: { privileged: true } };
        const key = "policy.homelab/allow-no-privileged-container";
        assert.deepEqual(
            judge(rule, workload({ container, annotations: { [key]: excuse("mounts disks on the node") } })),
            clean,
        );
        assert.equal(judge(rule, workload({ container, annotations: { [key]: "" } })).messages.length, 2);
        const other = "policy.homelab/allow-image-pinned";
        assert.equal(
            judge(rule, workload({ container, annotations: { [other]: excuse("another rule") } })).messages.length,
            1,
        );
    });

    it("does not apply to what runs no pods", () => {
        assert.equal(rule.applies("kubernetes:core/v1:Namespace"), false);
        assert.equal(rule.applies("kubernetes:helm.sh/v3:Release"), false);
    });
});
