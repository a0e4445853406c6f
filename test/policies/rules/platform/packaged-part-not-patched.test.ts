import assert from "node:assert/strict";
import { packagedPartNotPatched as rule } from "../../../../policies/rules/platform/packaged-part-not-patched";
import { excuse, fact, judge } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const part = (kind: string, name: unknown, data = {}, metadata = {}) =>
    fact(`kubernetes:${kind}`, { metadata: { name, namespace: "kube-system", ...metadata }, data });

describe("packaged-part-not-patched", () => {
    it("accepts other names, and the same names elsewhere", () => {
        assert.deepEqual(judge(rule, part("core/v1:ConfigMap", "cluster-dns-0123abcd")), clean);
        assert.deepEqual(judge(rule, part("core/v1:ConfigMap", "coredns", {}, { namespace: "tools" })), clean);
    });

    for (const [kind, name] of [
        ["core/v1:ConfigMap", "coredns"],
        ["core/v1:ConfigMapPatch", "coredns"],
        ["apps/v1:DeploymentPatch", "traefik"],
    ] as const) {
        it(`refuses a change of ${name} by a ${kind}`, () => {
            assert.match(
                judge(rule, part(kind, name)).messages.join(),
                new RegExp(`metadata\\.name: ${name} is written again by k3s at each start of a server, .*; write `),
            );
        });
    }

    it("refuses zones for a DNS that does not run, because nobody would know them", () => {
        const custom = part("core/v1:ConfigMap", "coredns-custom", { "house.server": "home.arpa {}" });
        assert.match(
            judge(rule, custom).messages.join(),
            /metadata\.name: coredns-custom is read by the DNS that k3s packages, .*; write network\.dns: a homeZone/,
        );
    });

    it("leaves an unknown name unchecked", () => {
        assert.deepEqual(judge(rule, part("core/v1:ConfigMap", unknownText)).unchecked, ["metadata.name"]);
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-packaged-part-not-patched": excuse("tried out for one evening") };
        assert.deepEqual(judge(rule, part("core/v1:ConfigMapPatch", "coredns", {}, { annotations })), clean);
    });

    it("does not apply to Secrets", () => {
        assert.equal(rule.applies("kubernetes:core/v1:Secret"), false);
    });
});
