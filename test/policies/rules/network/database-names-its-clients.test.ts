import assert from "node:assert/strict";
import { databaseNamesItsClients as rule } from "../../../../policies/rules/network/database-names-its-clients";
import { excuse, judge, networkPolicy, webLabels, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const labels = { ...webLabels, "app.kubernetes.io/component": "database" };
const database = workload({ labels, replicas: 1 });
const client = { podSelector: { matchLabels: webLabels } };
const ports = [{ protocol: "TCP", port: 5432 }];
const policy = (ingress: unknown) => networkPolicy({ podSelector: { matchLabels: labels }, ingress });

describe("database-names-its-clients", () => {
    it("accepts pods by their labels at one port, and nobody", () => {
        assert.deepEqual(judge(rule, database, policy([{ from: [client], ports }])), clean);
        assert.deepEqual(judge(rule, database, policy([])), clean);
    });

    it("asks nothing of programs for people", () => {
        assert.deepEqual(judge(rule, workload(), networkPolicy({ ingress: [{}] })), clean);
    });

    for (const [what, rules, wrong] of [
        [
            "everybody",
            [{ ports }],
            /ingress\[0\]\.from: everybody may talk to StatefulSet media\/jellyfin .*; name the pods/,
        ],
        ["a whole namespace", [{ from: [{ podSelector: {} }], ports }], /from\[0\]: every pod of a namespace/],
        ["every port", [{ from: [client] }], /ports: every port is open at .*; name the one that it serves/],
    ] as const) {
        it(`refuses ${what}`, () => assert.match(judge(rule, database, policy(rules)).messages.join(), wrong));
    }

    it("leaves unknown peers unchecked", () => {
        assert.equal(judge(rule, database, policy([{ from: unknownText, ports }])).unchecked.length, 1);
    });

    it("accepts an exception with a reason", () => {
        const { type, name, urn, opts, props } = policy([{ ports }]);
        const annotations = { "policy.homelab/allow-database-names-its-clients": excuse("tried out for one evening") };
        const metadata = { name: "jellyfin", namespace: "media", annotations };
        assert.deepEqual(judge(rule, database, { type, name, urn, opts, props: { ...props, metadata } }), clean);
    });

    it("does not apply to ConfigMaps", () => {
        assert.equal(rule.applies("kubernetes:core/v1:ConfigMap"), false);
    });
});
