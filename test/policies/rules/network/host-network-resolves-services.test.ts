import assert from "node:assert/strict";
import { hostNetworkResolvesServices as rule } from "../../../../policies/rules/network/host-network-resolves-services";
import { judge, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

function complaints(dnsPolicy: unknown): readonly string[] {
    return judge(rule, workload({ pod: { hostNetwork: true, dnsPolicy } })).messages;
}

describe("host-network-resolves-services", () => {
    it("asks nothing of a pod with its own network", () => {
        assert.deepEqual(judge(rule, workload()), clean);
        assert.deepEqual(judge(rule, workload({ pod: { dnsPolicy: "Default" } })), clean);
    });

    it("accepts the cluster's DNS on the node's network, or resolvers of its own", () => {
        assert.deepEqual(complaints("ClusterFirstWithHostNet"), []);
        assert.deepEqual(complaints("None"), []);
    });

    it("refuses the default, which means another thing there, written by the server or not", () => {
        assert.deepEqual(complaints("ClusterFirst"), [
            "StatefulSet media/jellyfin spec.template.spec.dnsPolicy: is ClusterFirst, which on the node's network means the " +
                "node's resolver: no Service has a name there (host-network-resolves-services); write ClusterFirstWithHostNet",
        ]);
        assert.match(complaints(undefined).join(), /dnsPolicy: is not set/);
    });

    it("leaves an unknown policy unchecked", () => {
        const found = judge(rule, workload({ pod: { hostNetwork: true, dnsPolicy: unknownText } }));
        assert.deepEqual(found, { messages: [], unchecked: ["spec.template.spec.dnsPolicy"] });
    });

    it("does not apply to what runs no pods", () => {
        assert.equal(rule.applies("kubernetes:core/v1:Service"), false);
    });
});
