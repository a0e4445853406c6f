import assert from "node:assert/strict";
import { serviceStaysInside as rule } from "../../../../policies/rules/network/service-stays-inside";
import { excuse, judge, service, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

describe("service-stays-inside", () => {
    it("accepts a Service of the cluster", () => {
        assert.deepEqual(judge(rule, service()), clean);
        assert.deepEqual(judge(rule, service({ type: "ClusterIP", externalIPs: [] })), clean);
        assert.equal(rule.applies(workload().type), false);
    });

    it("refuses ports of the nodes and addresses", () => {
        for (const type of ["NodePort", "LoadBalancer"]) {
            assert.deepEqual(judge(rule, service({ type })).messages, [
                `Service media/jellyfin spec.type: ${type} opens a port on every node, past the ingress (service-stays-inside); ` +
                    "write ClusterIP and add a route, or give the reason as an exception",
            ]);
        }
        assert.match(judge(rule, service({ externalIPs: ["192.0.2.1"] })).messages.join(), /addresses of others/);
    });

    it("leaves an unknown type unchecked", () => {
        assert.deepEqual(judge(rule, service({ type: unknownText })), { messages: [], unchecked: ["spec.type"] });
    });

    it("accepts an exception with a reason", () => {
        const annotations = {
            "policy.homelab/allow-service-stays-inside": excuse("game servers speak UDP, past the ingress"),
        };
        assert.deepEqual(judge(rule, service({ type: "LoadBalancer" }, { annotations })), clean);
    });
});
