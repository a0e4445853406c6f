import assert from "node:assert/strict";
import { downAlertCanFire as rule } from "../../../../policies/rules/monitoring/down-alert-can-fire";
import { excuse, fact, judge } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const alert = (expressions: readonly unknown[], annotations = {}) =>
    fact("kubernetes:monitoring.coreos.com/v1:PrometheusRule", {
        metadata: { name: "alerts", namespace: "media", annotations },
        spec: {
            groups: [{ name: "house", rules: expressions.map((expr, index) => ({ alert: `Alert${index}`, expr })) }],
        },
    });
const down = 'up{pod=~"postgres.*"} == 0';

describe("down-alert-can-fire", () => {
    it("accepts an alert with its twin, in one expression or in two", () => {
        assert.deepEqual(judge(rule, alert([`${down} or absent(up{pod=~"postgres.*"})`])), clean);
        assert.deepEqual(judge(rule, alert([down, 'absent( up{pod=~"postgres.*"} )'])), clean);
    });

    it("accepts alerts on something else", () => {
        assert.deepEqual(judge(rule, alert(["kube_statefulset_status_replicas_ready < 2", "backup == 0"])), clean);
    });

    it("refuses one that cannot fire while nothing is scraped", () => {
        assert.match(
            judge(rule, alert([down, 'absent(up{pod=~"redis.*"})'])).messages.join(),
            /rules\[0\]\.expr: Alert0 never fires while nothing scrapes .*; write `up\{pod=~"postgres\.\*"\} == 0 or absent\(up/,
        );
    });

    it("leaves an unknown expression unchecked", () => {
        assert.equal(judge(rule, alert([unknownText])).unchecked.length, 1);
    });

    it("accepts an exception with a reason", () => {
        const annotations = {
            "policy.homelab/allow-down-alert-can-fire": excuse("another alert watches the scraping"),
        };
        assert.deepEqual(judge(rule, alert([down], annotations)), clean);
    });

    it("does not apply to monitors", () => {
        assert.equal(rule.applies("kubernetes:monitoring.coreos.com/v1:ServiceMonitor"), false);
    });
});
