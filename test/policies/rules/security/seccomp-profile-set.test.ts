import assert from "node:assert/strict";
import { seccompProfileSet as rule } from "../../../../policies/rules/security/seccomp-profile-set";
import { judge, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

function complaints(onPod: unknown, onContainer?: unknown): readonly string[] {
    const container = { securityContext: onContainer };
    return judge(rule, workload({ container, pod: { securityContext: onPod } })).messages;
}

describe("seccomp-profile-set", () => {
    it("accepts the runtime's profile, on the pod or on the container", () => {
        assert.deepEqual(judge(rule, workload()), clean);
        assert.deepEqual(complaints(undefined, { seccompProfile: { type: "RuntimeDefault" } }), []);
    });

    it("accepts a profile by name", () => {
        assert.deepEqual(complaints({ seccompProfile: { type: "Localhost", localhostProfile: "player.json" } }), []);
    });

    it("refuses a pod without one, and says where to write it", () => {
        assert.deepEqual(complaints({}), [
            "StatefulSet media/jellyfin spec.template.spec.securityContext.seccompProfile.type: is not set, so the container " +
                "may make every system call of its node's kernel (seccomp-profile-set); write RuntimeDefault",
        ]);
    });

    it("refuses a container that takes the pod's profile off", () => {
        const profile = { seccompProfile: { type: "RuntimeDefault" } };
        assert.match(
            complaints(profile, { seccompProfile: { type: "Unconfined" } }).join(),
            /containers\[0\]\S*: is Unconfined/,
        );
    });

    it("asks nothing of a privileged container, which has no filter anyway", () => {
        assert.deepEqual(complaints({}, { privileged: true }), []);
    });

    it("leaves an unknown profile unchecked", () => {
        const found = judge(rule, workload({ pod: { securityContext: { seccompProfile: unknownText } } }));
        assert.deepEqual(found, {
            messages: [],
            unchecked: ["spec.template.spec.securityContext.seccompProfile.type"],
        });
    });

    it("asks nothing of a patch that is about something else", () => {
        const type = "kubernetes:apps/v1:DeploymentPatch";
        assert.deepEqual(judge(rule, workload({ type, pod: { securityContext: undefined } })), clean);
    });

    it("does not apply to what runs no pods", () => {
        assert.equal(rule.applies("kubernetes:core/v1:ConfigMap"), false);
    });
});
