import assert from "node:assert/strict";
import { namespaceAdmitsItsPods as rule } from "../../../../policies/rules/security/namespace-admits-its-pods";
import { excuse, fact, judge, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

const enforce = "pod-security.kubernetes.io/enforce";

function namespace(level: unknown, name: unknown = "media") {
    return fact("kubernetes:core/v1:Namespace", { metadata: { name, labels: { [enforce]: level } } });
}

/** A pod that "restricted" admits, unless told otherwise. */
function pod(context: object = {}, more: object = {}, container: object = {}) {
    const good = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, ...context };
    const securityContext = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
    return workload({ container: { securityContext: good, ...container }, pod: { securityContext, ...more } });
}

describe("namespace-admits-its-pods", () => {
    it("accepts a careful pod on every level", () => {
        for (const level of ["restricted", "baseline", "privileged"]) {
            assert.deepEqual(judge(rule, namespace(level), pod()), clean);
        }
    });

    it("says nothing of a namespace that somebody else makes", () => {
        assert.deepEqual(judge(rule, namespace("restricted", "other"), pod({ privileged: true })), clean);
    });

    it("admits everything to a privileged namespace", () => {
        assert.deepEqual(judge(rule, namespace("privileged"), pod({ privileged: true }, { hostNetwork: true })), clean);
    });

    it("refuses a namespace without a level", () => {
        assert.match(
            judge(rule, namespace(undefined), pod()).messages.join(),
            /^Namespace media .*: no level is enforced/,
        );
    });

    for (const [what, given] of [
        ["a privileged container", pod({ privileged: true })],
        ["the node's network", pod({}, { hostNetwork: true })],
        ["the node's processes", pod({}, { hostPID: true })],
        ["a folder of the node", pod({}, { volumes: [{ name: "x", hostPath: { path: "/etc" } }] })],
        ["a port of the node", pod({}, {}, { ports: [{ containerPort: 53, hostPort: 53 }] })],
    ] as const) {
        it(`refuses ${what} in baseline`, () => {
            const { messages } = judge(rule, namespace("baseline"), given);
            assert.equal(messages.length, 1, messages.join());
            assert.match(
                messages.join(),
                /which Namespace media \(baseline\) refuses: the pods are never made .*enforce privileged/,
            );
        });
    }

    for (const [what, given] of [
        ["escalation", pod({ allowPrivilegeEscalation: undefined })],
        ["kept capabilities", pod({ capabilities: {} })],
        ["added capabilities", pod({ capabilities: { drop: ["ALL"], add: ["CHOWN"] } })],
        ["root", pod({ runAsNonRoot: false })],
        ["user 0", pod({ runAsUser: 0 })],
        ["unfiltered system calls", pod({ seccompProfile: { type: "Unconfined" } })],
        ["an inline NFS volume", pod({}, { volumes: [{ name: "x", nfs: { server: "nas", path: "/pool" } }] })],
    ] as const) {
        it(`refuses ${what} in restricted, not in baseline`, () => {
            const { messages } = judge(rule, namespace("restricted"), given);
            assert.equal(messages.length, 1, messages.join());
            assert.match(messages.join(), /or enforce baseline in the namespace$/);
            assert.deepEqual(judge(rule, namespace("baseline"), given), clean);
        });
    }

    it("leaves an unknown level and unknown settings unchecked", () => {
        assert.equal(judge(rule, namespace(unknownText), pod()).unchecked.length, 1);
        assert.equal(judge(rule, namespace("restricted"), pod({ runAsUser: unknownText })).unchecked.length, 1);
        assert.equal(judge(rule, namespace("restricted", unknownText), pod()).unchecked.length, 1);
    });

    it("accepts an exception with a reason", () => {
        const annotations = {
            "policy.homelab/allow-namespace-admits-its-pods": excuse("an admission hook changes the pods"),
        };
        const container = { securityContext: { privileged: true } };
        assert.deepEqual(judge(rule, namespace("baseline"), workload({ annotations, container })), clean);
    });
});
