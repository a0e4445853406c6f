import assert from "node:assert/strict";
import { dnsForwardsToResolvers as rule } from "../../../../policies/rules/network/dns-forwards-to-resolvers";
import { excuse, fact, judge, service } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

function corefile(text: unknown, annotations: object = {}) {
    const metadata = { name: "coredns", namespace: "kube-system", annotations };
    return fact("kubernetes:core/v1:ConfigMap", { metadata, data: { Corefile: text } });
}
const bad = ".:53 {\n    forward . /etc/resolv.conf\n}";

describe("dns-forwards-to-resolvers", () => {
    it("accepts resolvers by address, and other texts", () => {
        assert.deepEqual(judge(rule, corefile(".:53 {\n    forward . 1.1.1.1 9.9.9.9\n}")), clean);
        const encrypted =
            ".:53 {\n    forward home.arpa 192.168.20.1 {\n    }\n    forward . tls://1.1.1.1%one.one.one.one tls://9.9.9.9%dns.quad9.net:8853 {\n    }\n}";
        assert.deepEqual(judge(rule, corefile(encrypted)), clean);
        assert.deepEqual(judge(rule, corefile("cat /etc/resolv.conf")), clean);
        assert.equal(rule.applies(service().type), false);
    });

    it("refuses the resolver of the node", () => {
        assert.deepEqual(judge(rule, corefile(bad)).messages, [
            "ConfigMap kube-system/coredns data.Corefile: names are asked of /etc/resolv.conf, which is another resolver on each " +
                "network (dns-forwards-to-resolvers); name the resolvers by address",
        ]);
    });

    it("refuses resolvers by name alone, which somebody has to look up", () => {
        for (const targets of [
            "tls://dns.quad9.net",
            "1.1.1.1 dns.google:53",
            "tls://1.1.1.1%one.one.one.one dns.quad9.net {",
        ]) {
            const said = judge(rule, corefile(`.:53 {\n    forward . ${targets}\n}`)).messages.join();
            assert.match(
                said,
                /is looked up at whatever resolver the node has .*; name the resolvers by address/,
                targets,
            );
        }
    });

    it("looks into the values of a chart", () => {
        const plugins = [{ name: "forward", parameters: ". /etc/resolv.conf" }];
        const release = fact("kubernetes:helm.sh/v3:Release", { chart: "coredns", values: { servers: [{ plugins }] } });
        assert.match(judge(rule, release).messages.join(), /values\.servers\[0\]\.plugins\[0\]\.parameters/);
    });

    it("passes by what is unknown, which is no file of CoreDNS then", () => {
        assert.deepEqual(judge(rule, corefile(unknownText)), clean);
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-dns-forwards-to-resolvers": excuse("the nodes' resolver is ours") };
        assert.deepEqual(judge(rule, corefile(bad, annotations)), clean);
    });
});
