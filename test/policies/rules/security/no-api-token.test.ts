import assert from "node:assert/strict";
import { noApiToken as rule } from "../../../../policies/rules/security/no-api-token";
import { excuse, judge, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

describe("no-api-token", () => {
    it("accepts an account of its own without a token", () => {
        assert.deepEqual(judge(rule, workload()), clean);
    });

    it("refuses a token that nobody asked for", () => {
        for (const automountServiceAccountToken of [undefined, true]) {
            assert.deepEqual(judge(rule, workload({ pod: { automountServiceAccountToken } })).messages, [
                "StatefulSet media/jellyfin spec.template.spec.automountServiceAccountToken: is not false, so every process in " +
                    "the pod can log in to the API server (no-api-token); write false",
            ]);
        }
    });

    it("refuses the shared account, written by the server or not", () => {
        for (const pod of [
            { serviceAccountName: undefined },
            { serviceAccountName: "default", serviceAccount: "default" },
        ]) {
            assert.match(judge(rule, workload({ pod })).messages.join(), /serviceAccountName: is default, so a right/);
        }
    });

    it("accepts the account's old name", () => {
        const pod = { serviceAccountName: undefined, serviceAccount: "jellyfin" };
        assert.deepEqual(judge(rule, workload({ pod })), clean);
    });

    it("leaves an unknown account unchecked and judges the token", () => {
        const pod = { serviceAccountName: unknownText, automountServiceAccountToken: true };
        const found = judge(rule, workload({ pod }));
        assert.equal(found.messages.length, 1);
        assert.deepEqual(found.unchecked, ["spec.template.spec.serviceAccountName"]);
    });

    it("asks nothing of a patch that is about something else", () => {
        const type = "kubernetes:apps/v1:DeploymentPatch";
        const pod = { serviceAccountName: undefined, automountServiceAccountToken: undefined };
        assert.deepEqual(judge(rule, workload({ type, pod })), clean);
    });

    it("accepts the exception that Workload writes", () => {
        const annotations = { "policy.homelab/allow-no-api-token": excuse("watches the pods that it shows") };
        assert.deepEqual(judge(rule, workload({ annotations, pod: { automountServiceAccountToken: true } })), clean);
    });

    it("does not apply to what runs no pods", () => {
        assert.equal(rule.applies("kubernetes:core/v1:ServiceAccount"), false);
    });
});
