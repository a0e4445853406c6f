import assert from "node:assert/strict";
import { noHostNamespaces as rule } from "../../../../policies/rules/security/no-host-namespaces";
import { excuse, judge, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

describe("no-host-namespaces", () => {
    it("accepts a pod with its own processes and memory, said or not", () => {
        assert.deepEqual(judge(rule, workload()), clean);
        assert.deepEqual(judge(rule, workload({ pod: { hostPID: false, hostIPC: null } })), clean);
    });

    it("accepts containers of one pod that see each other", () => {
        assert.deepEqual(judge(rule, workload({ pod: { shareProcessNamespace: true } })), clean);
    });

    it("refuses both at once, and says what each would give away", () => {
        const found = judge(rule, workload({ pod: { hostPID: true, hostIPC: true } })).messages;
        assert.equal(found.length, 2);
        assert.equal(
            found[0],
            "StatefulSet media/jellyfin spec.template.spec.hostPID: is true: it sees every process of the node, their " +
                "variables and passwords too (no-host-namespaces); leave it out",
        );
        assert.match(found[1] ?? "", /hostIPC: is true: it reads and writes the shared memory/);
    });

    it("finds the pod of a scheduled job", () => {
        const type = "kubernetes:batch/v1:CronJob";
        const template = { spec: { hostPID: true } };
        const { props } = workload();
        const job = { ...workload({ type }), props: { ...props, spec: { jobTemplate: { spec: { template } } } } };
        assert.match(judge(rule, job).messages.join(), /spec\.jobTemplate\.spec\.template\.spec\.hostPID/);
    });

    it("leaves an unknown setting unchecked and judges the other", () => {
        const found = judge(rule, workload({ pod: { hostPID: unknownText, hostIPC: true } }));
        assert.equal(found.messages.length, 1);
        assert.deepEqual(found.unchecked, ["spec.template.spec.hostPID"]);
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-no-host-namespaces": excuse("measures every process of its node") };
        assert.deepEqual(judge(rule, workload({ annotations, pod: { hostPID: true } })), clean);
    });

    it("does not apply to what runs no pods", () => {
        assert.equal(rule.applies("kubernetes:core/v1:Namespace"), false);
    });
});
