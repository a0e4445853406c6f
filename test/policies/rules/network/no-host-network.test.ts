import assert from "node:assert/strict";
import { noHostNetwork as rule } from "../../../../policies/rules/network/no-host-network";
import { excuse, judge, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

describe("no-host-network", () => {
    it("accepts a pod with a network of its own", () => {
        assert.deepEqual(judge(rule, workload()), clean);
        const ports = [{ name: "http", containerPort: 8096, hostPort: 0 }];
        assert.deepEqual(judge(rule, workload({ container: { ports }, pod: { hostNetwork: false } })), clean);
    });

    it("refuses the node's network, once, also where the server has written the ports in", () => {
        const ports = [{ name: "http", containerPort: 8096, hostPort: 8096, protocol: "TCP" }];
        assert.deepEqual(judge(rule, workload({ container: { ports }, pod: { hostNetwork: true } })).messages, [
            "StatefulSet media/jellyfin spec.template.spec.hostNetwork: is true, so no NetworkPolicy holds for the pod " +
                "(no-host-network); leave it out, and make a Service",
        ]);
    });

    it("refuses a port of the node", () => {
        const ports = [{ name: "http", containerPort: 8096, hostPort: 80 }];
        const [message] = judge(rule, workload({ container: { ports } })).messages;
        assert.match(message ?? "", /containers\[0\]\.ports\[0\]\.hostPort: 80 is a port of the node/);
    });

    it("leaves an unknown port unchecked and judges the next", () => {
        const ports = [{ hostPort: unknownText }, { hostPort: 443 }];
        const found = judge(rule, workload({ container: { ports } }));
        assert.equal(found.messages.length, 1);
        assert.deepEqual(found.unchecked, ["spec.template.spec.containers.0.ports.0.hostPort"]);
    });

    it("leaves an unknown network unchecked", () => {
        const found = judge(rule, workload({ pod: { hostNetwork: unknownText } }));
        assert.deepEqual(found, { messages: [], unchecked: ["spec.template.spec.hostNetwork"] });
    });

    it("accepts the exception that Workload writes", () => {
        const annotations = { "policy.homelab/allow-no-host-network": excuse("DLNA finds its devices by multicast") };
        assert.deepEqual(judge(rule, workload({ annotations, pod: { hostNetwork: true } })), clean);
    });

    it("does not apply to what runs no pods", () => {
        assert.equal(rule.applies("kubernetes:core/v1:Service"), false);
    });
});
