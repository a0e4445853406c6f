import assert from "node:assert/strict";
import { monitorSeenByPrometheus as rule } from "../../../../policies/rules/monitoring/monitor-seen-by-prometheus";
import { excuse, fact, judge } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const monitor = (labels: unknown, annotations = {}) =>
    fact("kubernetes:monitoring.coreos.com/v1:PrometheusRule", {
        metadata: { name: "alerts", namespace: "media", labels, annotations },
    });
const release = (prometheusSpec: object = {}) =>
    fact("kubernetes:helm.sh/v3:Release", {
        name: "monitoring",
        chart: "kube-prometheus-stack",
        values: { prometheus: { prometheusSpec } },
    });
const server = fact("kubernetes:monitoring.coreos.com/v1:Prometheus", {
    metadata: { name: "own", namespace: "media" },
    spec: { ruleSelector: { matchLabels: { team: "house" } } },
});

describe("monitor-seen-by-prometheus", () => {
    it("accepts the label that the chart or the server asks for", () => {
        assert.deepEqual(judge(rule, monitor({ release: "monitoring" }), release()), clean);
        assert.deepEqual(judge(rule, monitor({ team: "house" }), server), clean);
        assert.deepEqual(judge(rule, monitor(undefined), release({ ruleSelectorNilUsesHelmValues: false })), clean);
    });

    it("accepts any release where the graph has no Prometheus", () => {
        assert.deepEqual(judge(rule, monitor({ release: "kube-prometheus-stack" })), clean);
    });

    it("refuses what no Prometheus sees", () => {
        assert.match(
            judge(rule, monitor({ release: "other" }), release()).messages.join(),
            /metadata\.labels: Prometheus selects \{ release: monitoring \}, and this is not it .*; add these labels/,
        );
        assert.match(judge(rule, monitor({})).messages.join(), /labels\.release: has no label release/);
        assert.equal(judge(rule, monitor({}), server).messages.length, 1);
    });

    it("leaves an unknown label unchecked", () => {
        assert.equal(judge(rule, monitor({ release: unknownText }), release()).unchecked.length, 1);
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-monitor-seen-by-prometheus": excuse("another server reads it") };
        assert.deepEqual(judge(rule, monitor({}, annotations)), clean);
    });

    it("does not apply to Services", () => {
        assert.equal(rule.applies("kubernetes:core/v1:Service"), false);
    });
});
