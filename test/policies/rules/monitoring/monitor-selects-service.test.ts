import assert from "node:assert/strict";
import { monitorSelectsService as rule } from "../../../../policies/rules/monitoring/monitor-selects-service";
import { excuse, fact, judge, service, webLabels } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const monitor = (spec: object = {}, annotations = {}) =>
    fact("kubernetes:monitoring.coreos.com/v1:ServiceMonitor", {
        metadata: { name: "jellyfin", namespace: "media", annotations },
        spec: { selector: { matchLabels: webLabels }, endpoints: [{ port: "http", path: "/metrics" }], ...spec },
    });

describe("monitor-selects-service", () => {
    it("accepts one that names a port of a Service, in its own namespace or in a named one", () => {
        assert.deepEqual(judge(rule, monitor(), service()), clean);
        const elsewhere = service({}, { namespace: "tools" });
        assert.deepEqual(judge(rule, monitor({ namespaceSelector: { matchNames: ["tools"] } }), elsewhere), clean);
        assert.deepEqual(judge(rule, monitor({ namespaceSelector: { any: true } }), elsewhere), clean);
    });

    it("refuses labels that no Service has", () => {
        for (const services of [[], [service({}, { namespace: "tools" })], [service({}, { labels: {} })]]) {
            assert.match(
                judge(rule, monitor(), ...services).messages.join(),
                /spec\.selector: no Service has the labels .*; use the labels/,
            );
        }
    });

    it("refuses a port that the Service does not have", () => {
        assert.match(
            judge(rule, monitor({ endpoints: [{ port: "metrics" }] }), service()).messages.join(),
            /endpoints\[0\]\.port: metrics is no port of Service media\/jellyfin .*; write http$/,
        );
    });

    it("leaves an unknown port unchecked", () => {
        assert.deepEqual(judge(rule, monitor({ endpoints: [{ port: unknownText }] }), service()).unchecked, [
            "spec.endpoints.0.port",
        ]);
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-monitor-selects-service": excuse("the chart makes the Service") };
        assert.deepEqual(judge(rule, monitor({}, annotations)), clean);
    });

    it("does not apply to ConfigMaps", () => {
        assert.equal(rule.applies("kubernetes:core/v1:ConfigMap"), false);
    });
});
