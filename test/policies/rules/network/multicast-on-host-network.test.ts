import assert from "node:assert/strict";
import { multicastOnHostNetwork as rule } from "../../../../policies/rules/network/multicast-on-host-network";
import { excuse, judge, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const dlna = { ports: [{ name: "ssdp", containerPort: 1900, protocol: "UDP" }] };

describe("multicast-on-host-network", () => {
    it("accepts discovery on the node's network, and other ports", () => {
        assert.deepEqual(judge(rule, workload({ container: dlna, pod: { hostNetwork: true } }), workload()), clean);
        assert.deepEqual(judge(rule, workload({ container: { ports: [{ containerPort: 1900 }] } })), clean);
    });

    it("refuses discovery on the network of pods", () => {
        assert.match(
            judge(rule, workload({ container: dlna })).messages.join(),
            /ports\[0\]: SSDP \(DLNA, UPnP\) is multicast, which does not reach the network of pods .*; set hostNetwork/,
        );
    });

    it("leaves an unknown port unchecked", () => {
        assert.equal(
            judge(rule, workload({ container: { ports: [{ containerPort: unknownText }] } })).unchecked.length,
            1,
        );
    });

    it("accepts an exception with a reason", () => {
        const annotations = {
            "policy.homelab/allow-multicast-on-host-network": excuse("a relay on the node forwards it"),
        };
        assert.deepEqual(judge(rule, workload({ annotations, container: dlna })), clean);
    });

    it("does not apply to Services", () => {
        assert.equal(rule.applies("kubernetes:core/v1:Service"), false);
    });
});
