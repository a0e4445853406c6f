import assert from "node:assert/strict";
import { replicasWatched as rule } from "../../../../policies/rules/monitoring/replicas-watched";
import { excuse, fact, judge, machine, webLabels, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const alert = (expr: unknown, wait = "15m") =>
    fact("kubernetes:monitoring.coreos.com/v1:PrometheusRule", {
        metadata: { name: "alerts", namespace: "media" },
        spec: { groups: [{ name: "house", rules: [{ alert: "Low", expr, for: wait }] }] },
    });
const low = 'kube_statefulset_status_replicas_ready{statefulset="jellyfin"} < 2';
const labels = { ...webLabels, "app.kubernetes.io/component": "cache" };
const cache = workload({ name: "redis", labels, replicas: 1 });

describe("replicas-watched", () => {
    it("accepts an alert on missing replicas, and on what there is one of", () => {
        assert.deepEqual(judge(rule, workload(), alert(low)), clean);
        assert.deepEqual(
            judge(rule, workload(), alert("kube_statefulset_status_replicas_ready < kube_statefulset_replicas")),
            clean,
        );
        assert.deepEqual(judge(rule, cache, alert('up{pod=~"redis.*"} == 0')), clean);
    });

    it("says nothing of a house without alerts", () => {
        assert.deepEqual(judge(rule, workload(), cache), clean);
    });

    it("refuses replicas that nobody counts", () => {
        assert.match(
            judge(rule, workload(), alert('up{pod=~"redis.*"} == 0')).messages.join(),
            /spec\.replicas: no alert says when one of its 2 replicas is missing .*; alert on kube_statefulset_status_replicas_ready < 2/,
        );
    });

    it("refuses a cache that nobody watches", () => {
        assert.match(
            judge(rule, cache, alert(low)).messages.join(),
            /there is only one of it, and no alert says when it is down/,
        );
    });

    it("refuses an alert that fires at each update of a host, where no host is to spare", () => {
        const two = [machine("pve-1"), machine("pve-2")];
        assert.match(
            judge(rule, workload(), alert(low, "2m"), ...two).messages.join(),
            /^PrometheusRule media\/alerts .*\.for: Low waits 120 s, .*; write for: 15m, or add a host/,
        );
        assert.deepEqual(judge(rule, workload(), alert(low, "2m"), ...two, machine("pve-3")), clean);
        assert.deepEqual(judge(rule, workload(), alert(low, "1h30m"), ...two), clean);
    });

    it("leaves an unknown expression unchecked", () => {
        assert.equal(judge(rule, workload(), alert(unknownText)).unchecked.length, 1);
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-replicas-watched": excuse("nobody waits for it") };
        assert.deepEqual(judge(rule, workload({ annotations }), alert("a > 1")), clean);
    });

    it("does not apply to ConfigMaps", () => {
        assert.equal(rule.applies("kubernetes:core/v1:ConfigMap"), false);
    });
});
