import assert from "node:assert/strict";
import { dnsKeepsHouseNames as rule } from "../../../../policies/rules/network/dns-keeps-house-names";
import { excuse, fact, judge } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const config = (data: object, annotations = {}) =>
    fact("kubernetes:core/v1:ConfigMap", { metadata: { name: "dns", namespace: "tools", annotations }, data });
const corefile = (forward: string) =>
    `.:53 {\n  errors\n  kubernetes cluster.local in-addr.arpa {\n  }\n  ${forward}\n}`;

describe("dns-keeps-house-names", () => {
    for (const [what, data] of [
        ["the house's own resolver", { Corefile: corefile("forward . 192.168.20.1") }],
        ["a public and an own one", { Corefile: corefile("forward . 1.1.1.1 10.0.0.1") }],
        ["whatever the node has", { Corefile: corefile("forward . /etc/resolv.conf") }],
        [
            "public ones beside a block for the house",
            { Corefile: `home.arpa:53 {\n forward . 10.0.0.1\n}\n${corefile("forward . 1.1.1.1")}` },
        ],
        [
            "a block for the house in another key",
            { Corefile: corefile("forward . 1.1.1.1"), "house.server": "home.arpa {\n}" },
        ],
        [
            "encrypted public ones beside a forward for the house",
            {
                Corefile: corefile(
                    "forward home.arpa 192.168.20.1 {\n  }\n  forward . tls://1.1.1.1%one.one.one.one {\n  }",
                ),
            },
        ],
        [
            "encrypted public ones where the house's names are those of a Service",
            {
                Corefile: corefile(
                    "rewrite stop name exact films.example.org traefik.kube-system.svc.cluster.local answer auto\n  forward . tls://1.1.1.1%one.one.one.one",
                ),
            },
        ],
        ["no resolver", { "settings.json": "{}" }],
    ] as const) {
        it(`accepts ${what}`, () => assert.deepEqual(judge(rule, config(data)), clean));
    }

    it("refuses public resolvers for every name", () => {
        assert.match(
            judge(rule, config({ Corefile: corefile("forward . 1.1.1.1 8.8.8.8") })).messages.join(),
            /^ConfigMap tools\/dns data\.Corefile: every name is asked of 1\.1\.1\.1 and 8\.8\.8\.8, .*; add a server block/,
        );
    });

    it("refuses them when they are asked by TLS too", () => {
        const text = corefile("forward . tls://1.1.1.1%one.one.one.one tls://9.9.9.9%dns.quad9.net {\n  }");
        assert.match(judge(rule, config({ Corefile: text })).messages.join(), /every name is asked of 1\.1\.1\.1%one/);
    });

    it("leaves an unknown text unchecked", () => {
        assert.deepEqual(judge(rule, config({ Corefile: unknownText })).unchecked, ["data.Corefile"]);
    });

    it("accepts an exception with a reason", () => {
        const annotations = {
            "policy.homelab/allow-dns-keeps-house-names": excuse("the house has no names of its own"),
        };
        assert.deepEqual(judge(rule, config({ Corefile: corefile("forward . 9.9.9.9") }, annotations)), clean);
    });

    it("does not apply to Secrets", () => {
        assert.equal(rule.applies("kubernetes:core/v1:Secret"), false);
    });
});
