import assert from "node:assert/strict";
import { networkDoorHasTwoSides as rule } from "../../../../policies/rules/network/network-door-has-two-sides";
import { judge, networkPolicy, webLabels, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const databaseLabels = { ...webLabels, "app.kubernetes.io/component": "database" };
const web = workload();
const database = workload({ name: "postgres", labels: databaseLabels, replicas: 1 });
const toPods = (matchLabels: object) => ({ podSelector: { matchLabels } });
const ports = (port: unknown) => [{ protocol: "TCP", port }];
const out = (port: unknown = 5432) =>
    networkPolicy({ ingress: [], egress: [{ to: [toPods(databaseLabels)], ports: ports(port) }] });
const into = (from: object = webLabels, port: unknown = 5432) =>
    networkPolicy({
        podSelector: { matchLabels: databaseLabels },
        policyTypes: ["Ingress"],
        ingress: [{ from: [toPods(from)], ports: ports(port) }],
    });
const closed = networkPolicy({ podSelector: { matchLabels: databaseLabels } });

describe("network-door-has-two-sides", () => {
    it("accepts a way out that is a way in, and one side without any policy", () => {
        assert.deepEqual(judge(rule, web, database, out(), into(), closed), clean);
        assert.deepEqual(judge(rule, web, database, out()), clean);
    });

    it("refuses a way out to where nobody is let in", () => {
        assert.match(
            judge(rule, web, database, out(), closed).messages.join(),
            /egress\[0\]\.to\[0\]: StatefulSet media\/jellyfin may talk to StatefulSet media\/postgres by this, but StatefulSet media\/postgres does not let it in/,
        );
    });

    it("refuses a way in for those who cannot go there, and another port", () => {
        const none = networkPolicy({ ingress: [], egress: [] });
        assert.match(
            judge(rule, web, database, none, into()).messages.join(),
            /ingress\[0\]\.from\[0\]: .* does not go there/,
        );
        assert.equal(judge(rule, web, database, out(), into(webLabels, 6379), closed).messages.length, 2);
    });

    it("leaves unknown peers unchecked", () => {
        const open = networkPolicy({ egress: [{ to: unknownText }] });
        assert.ok(judge(rule, web, database, open).unchecked.length > 0);
    });

    it("does not apply to ConfigMaps", () => {
        assert.equal(rule.applies("kubernetes:core/v1:ConfigMap"), false);
    });
});
