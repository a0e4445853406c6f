import assert from "node:assert/strict";
import { noWildcardRights as rule } from "../../../../policies/rules/security/no-wildcard-rights";
import { excuse, fact, judge } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

function role(rules: unknown) {
    return fact("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", { metadata: { name: "viewer" }, rules });
}

function binding(name: unknown, annotations?: unknown) {
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name };
    const metadata = { name: "viewer", annotations };
    return fact("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", { metadata, roleRef });
}

describe("no-wildcard-rights", () => {
    it("accepts a role that names what it allows", () => {
        assert.deepEqual(judge(rule, role([{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] }])), clean);
        assert.deepEqual(judge(rule, role(undefined)), clean);
    });

    it("refuses a star among verbs and among resources", () => {
        assert.deepEqual(judge(rule, role([{ resources: ["*"], verbs: ["get", "*"] }])).messages, [
            "ClusterRole viewer rules[0].verbs[1]: * allows every one of the verbs, those of the next release too " +
                "(no-wildcard-rights); name those that are used",
            "ClusterRole viewer rules[0].resources[0]: * allows every one of the resources, those of the next release too " +
                "(no-wildcard-rights); name those that are used",
        ]);
    });

    it("refuses to bind anybody to cluster-admin, and nothing less", () => {
        assert.match(judge(rule, binding("cluster-admin")).messages.join(), /roleRef\.name: cluster-admin may read/);
        assert.deepEqual(judge(rule, binding("view")), clean);
    });

    it("leaves unknown entries unchecked and judges the rest", () => {
        const found = judge(rule, role([{ resources: [unknownText, "*"], verbs: ["get"] }]));
        assert.equal(found.messages.length, 1);
        assert.deepEqual(found.unchecked, ["rules.0.resources.0"]);
        assert.deepEqual(judge(rule, binding(unknownText)).unchecked, ["roleRef.name"]);
    });

    it("accepts an exception with a reason", () => {
        const annotations = {
            "policy.homelab/allow-no-wildcard-rights": excuse("the backup restores objects of every kind"),
        };
        assert.deepEqual(judge(rule, binding("cluster-admin", annotations)), clean);
    });

    it("does not apply to accounts", () => {
        assert.equal(rule.applies("kubernetes:core/v1:ServiceAccount"), false);
    });
});
