import assert from "node:assert/strict";
import { knownNodesOnly as rule } from "../../../../policies/rules/workloads/known-nodes-only";
import { excuse, judge, overHosts, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const zone = "topology.kubernetes.io/zone";
const onNodes = (...terms: readonly object[]) => ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } },
});
const named = { matchExpressions: [{ key: zone, operator: "Exists" }] };

describe("known-nodes-only", () => {
    it("accepts pods that ask for a node's host, in whatever way", () => {
        assert.deepEqual(judge(rule, workload({ pod: overHosts() })), clean);
        assert.deepEqual(
            judge(
                rule,
                workload({ pod: onNodes({ matchExpressions: [{ key: zone, operator: "In", values: ["a"] }] }) }),
            ),
            clean,
        );
        assert.deepEqual(judge(rule, workload({ pod: { affinity: null, nodeSelector: { [zone]: "pve-1" } } })), clean);
    });

    it("refuses pods that any node may run, and alternatives of which one asks nothing", () => {
        assert.match(
            judge(rule, workload({ pod: { affinity: null } })).messages.join(),
            /nodeAffinity\.required\w+: its pods may be put on a node that was joined by hand, .*; require topology/,
        );
        const other = { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "NotIn", values: ["lima"] }] };
        assert.equal(judge(rule, workload({ pod: onNodes(named, other) })).messages.length, 1);
    });

    it("leaves unknown terms unchecked", () => {
        assert.equal(judge(rule, workload({ pod: { affinity: unknownText } })).unchecked.length, 1);
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-known-nodes-only": excuse("it runs on the board at the antenna") };
        assert.deepEqual(judge(rule, workload({ annotations, pod: { affinity: null } })), clean);
    });

    it("does not apply to daemon sets, which are on every node", () => {
        assert.equal(rule.applies("kubernetes:apps/v1:DaemonSet"), false);
    });
});
