import assert from "node:assert/strict";
import { podsBehindNetworkPolicy as rule } from "../../../../policies/rules/network/pods-behind-network-policy";
import { excuse, judge, networkPolicy, service, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

describe("pods-behind-network-policy", () => {
    it("accepts a policy for the pods, or for all of the namespace", () => {
        assert.deepEqual(judge(rule, workload(), networkPolicy()), clean);
        const ofAll = networkPolicy({ podSelector: {}, policyTypes: undefined, egress: [] });
        assert.deepEqual(judge(rule, workload(), ofAll), clean);
    });

    it("asks nothing of pods with the network of their node, nor of a Service", () => {
        assert.deepEqual(judge(rule, workload({ pod: { hostNetwork: true } })), clean);
        assert.deepEqual(judge(rule, service()), clean);
    });

    it("refuses pods that everybody may talk to", () => {
        assert.deepEqual(judge(rule, workload()).messages, [
            "StatefulSet media/jellyfin spec.template.metadata.labels: no network policy selects its pods, so that every pod of " +
                "the cluster may talk to them (pods-behind-network-policy); add a NetworkPolicy with the workload's own selector that names who comes in and where it goes",
        ]);
    });

    it("does not take a policy for others, or for one way only", () => {
        assert.equal(judge(rule, workload({ namespace: "other" }), networkPolicy()).messages.length, 1);
        assert.match(
            judge(rule, workload(), networkPolicy({ policyTypes: ["Egress"] })).messages.join(),
            /every pod of the cluster may talk to them/,
        );
        for (const policyTypes of [["Ingress"], undefined])
            assert.match(
                judge(rule, workload(), networkPolicy({ policyTypes })).messages.join(),
                /no network policy with policyTypes Egress selects its pods, so that they may talk to everybody/,
            );
    });

    it("takes both ways together from several policies, as Kubernetes does", () => {
        const door = networkPolicy({ policyTypes: ["Ingress"] });
        assert.deepEqual(judge(rule, workload(), door, networkPolicy({ policyTypes: ["Egress"] })), clean);
    });

    it("leaves an unknown selector unchecked", () => {
        const { messages, unchecked } = judge(rule, workload(), networkPolicy({ podSelector: unknownText }));
        assert.deepEqual([messages.length, unchecked.length], [0, 1]);
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-pods-behind-network-policy": excuse("serves names to everybody") };
        assert.deepEqual(judge(rule, workload({ annotations })), clean);
    });
});
