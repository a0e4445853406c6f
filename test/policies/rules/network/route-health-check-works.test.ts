import assert from "node:assert/strict";
import { routeHealthCheckWorks as rule } from "../../../../policies/rules/network/route-health-check-works";
import { excuse, judge, service } from "../../house";
import { unknownText } from "../../preview";
import { route } from "./routes";

const clean = { messages: [], unchecked: [] };
const healthCheck = { path: "/health", interval: "12s" };

describe("route-health-check-works", () => {
    it("accepts routes without one, and one to a name outside of the cluster", () => {
        assert.deepEqual(judge(rule, route(), service()), clean);
        assert.deepEqual(
            judge(rule, route({ healthCheck }), service({ type: "ExternalName", externalName: "nas" })),
            clean,
        );
    });

    it("refuses one to pods, which is never made", () => {
        assert.match(
            judge(rule, route({ healthCheck }), service()).messages.join(),
            /services\[0\]\.healthCheck: is never made, .*; remove it, and write passiveHealthCheck/,
        );
    });

    it("leaves an unknown Service unchecked", () => {
        assert.equal(judge(rule, route({ name: unknownText, healthCheck }), service()).unchecked.length, 1);
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-route-health-check-works": excuse("another controller reads it") };
        assert.deepEqual(judge(rule, route({ healthCheck }, {}, { annotations }), service()), clean);
    });

    it("does not apply to ConfigMaps", () => {
        assert.equal(rule.applies("kubernetes:core/v1:ConfigMap"), false);
    });
});
