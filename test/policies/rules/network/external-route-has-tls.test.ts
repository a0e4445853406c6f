import assert from "node:assert/strict";
import { externalRouteHasTls as rule } from "../../../../policies/rules/network/external-route-has-tls";
import { excuse, fact, judge, service } from "../../house";
import { unknownText } from "../../preview";
import { ingress, route } from "./routes";

const clean = { messages: [], unchecked: [] };
const metadata = { name: "tv", namespace: "media" };
const external = { labels: { "homelab/exposure": "external" } };
const outside = (spec: object = {}, more: object = external) =>
    fact("kubernetes:traefik.io/v1alpha1:IngressRoute", {
        metadata: { ...metadata, ...more },
        spec: { routes: [], ...spec },
    });
const certificate = (secretName: unknown = "tv-tls") =>
    fact("kubernetes:cert-manager.io/v1:Certificate", {
        metadata,
        spec: { secretName, issuerRef: { name: "letsencrypt" } },
    });

describe("external-route-has-tls", () => {
    it("accepts a route to the internet with a certificate that an issuer or Traefik renews", () => {
        assert.deepEqual(judge(rule, outside({ tls: { secretName: "tv-tls" } }), certificate()), clean);
        assert.deepEqual(judge(rule, outside({ tls: { certResolver: "letsencrypt" } })), clean);
    });

    it("asks nothing of routes inside the house", () => {
        assert.deepEqual(judge(rule, route(), ingress()), clean);
    });

    it("refuses one without, and an encrypted one that names no certificate", () => {
        for (const found of [outside(), outside({ entryPoints: ["websecure"], tls: {} }, {})]) {
            assert.match(
                judge(rule, found).messages.join(),
                /^IngressRoute media\/tv spec\.tls: no certificate is named: .*; name a secretName and make a Certificate/,
            );
        }
    });

    it("refuses a certificate that nobody renews", () => {
        const found = judge(rule, outside({ tls: { secretName: "tv-tls" } }), certificate("other"));
        assert.match(found.messages.join(), /spec\.tls\.secretName: no Certificate makes tv-tls, so nobody renews it/);
    });

    const house = (names: readonly unknown[], storeName = "default") => [
        fact("kubernetes:traefik.io/v1alpha1:TLSStore", {
            metadata: { name: storeName, namespace: "kube-system" },
            spec: { defaultCertificate: { secretName: "house-tls" } },
        }),
        fact("kubernetes:cert-manager.io/v1:Certificate", {
            metadata: { name: "house", namespace: "kube-system" },
            spec: { secretName: "house-tls", dnsNames: names, issuerRef: { name: "house" } },
        }),
    ];
    const secure = (host: string) =>
        outside({ entryPoints: ["websecure"], routes: [{ match: `Host(\`${host}\`)` }], tls: {} }, {});

    it("accepts the certificate of the house where it holds for the route's name", () => {
        assert.deepEqual(judge(rule, secure("tv.home.example.org"), ...house(["*.home.example.org"])), clean);
    });

    it("refuses it for another name: two labels below, or another domain", () => {
        for (const host of ["tv.media.home.example.org", "tv.example.org", "home.example.org"]) {
            const found = judge(rule, secure(host), ...house(["*.home.example.org"]));
            assert.match(found.messages.join(), /spec\.tls: no certificate is named/, host);
        }
    });

    it("reads names where a rule has them, and not what it says of paths", () => {
        const matching = (match: string) =>
            judge(
                rule,
                outside({ entryPoints: ["websecure"], routes: [{ match }], tls: {} }, {}),
                ...house(["*.home.example.org"]),
            ).messages.length;
        const hidden = "!PathRegexp(`^/a`) && !PathRegexp(`(?i)^/(b|c)`)";
        assert.equal(matching(`Host(\`tv.home.example.org\`) && ${hidden}`), 0);
        assert.equal(matching(`Host(\`tv.home.example.org\`) && ${hidden} || Host(\`tv.example.org\`)`), 1);
        assert.equal(matching("Host(`tv.home.example.org`, `tv.example.org`)"), 1);
        assert.equal(matching("HostRegexp(`^.+\\.home\\.(example|invalid)\\.org$`)"), 1);
    });

    it("refuses it in a store that Traefik does not look for", () => {
        const found = judge(rule, secure("tv.home.example.org"), ...house(["*.home.example.org"], "house"));
        assert.equal(found.messages.length, 1);
    });

    it("leaves names that are not known yet unchecked", () => {
        const found = judge(rule, secure("tv.home.example.org"), ...house([unknownText]));
        assert.deepEqual([found.messages, found.unchecked.length], [[], 1]);
    });

    it("asks the same of a route on the door to the internet, whatever its label says", () => {
        const route = outside({ entryPoints: ["internet"], routes: [{ match: "Host(`tv.example.org`)" }] }, {});
        assert.equal(judge(rule, route).messages.length, 1);
    });

    it("asks the same of an Ingress, where an annotation names the issuer", () => {
        const entry = (annotations: object, spec: object = {}) =>
            fact("kubernetes:networking.k8s.io/v1:Ingress", {
                metadata: { ...metadata, ...external, annotations },
                spec,
            });
        const tls = [{ hosts: ["tv.example.org"], secretName: "tv-tls" }];
        assert.deepEqual(judge(rule, entry({ "cert-manager.io/cluster-issuer": "letsencrypt" }, { tls })), clean);
        assert.equal(judge(rule, entry({}, { tls })).messages.length, 1);
        assert.equal(judge(rule, entry({})).messages.length, 1);
    });

    it("leaves unknown labels and names unchecked", () => {
        assert.equal(judge(rule, outside({}, { labels: unknownText })).unchecked.length, 1);
        assert.deepEqual(judge(rule, outside({ tls: { secretName: unknownText } })).unchecked, ["spec.tls.secretName"]);
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-external-route-has-tls": excuse("the tunnel in front encrypts") };
        assert.deepEqual(judge(rule, outside({}, { ...external, annotations })), clean);
    });

    it("does not apply to Services", () => {
        assert.equal(rule.applies(service().type), false);
    });
});
