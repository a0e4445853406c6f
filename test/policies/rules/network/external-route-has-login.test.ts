import assert from "node:assert/strict";
import { externalRouteHasLogin as rule } from "../../../../policies/rules/network/external-route-has-login";
import { excuse, fact, judge, service } from "../../house";
import { unknownText } from "../../preview";
import { route } from "./routes";

const clean = { messages: [], unchecked: [] };
const metadata = { name: "tv", namespace: "media" };
const external = { labels: { "homelab/exposure": "external" } };
const outside = (names: readonly unknown[], more: object = external) =>
    fact("kubernetes:traefik.io/v1alpha1:IngressRoute", {
        metadata: { ...metadata, ...more },
        spec: { routes: [{ match: "Host(`tv.example.org`)", middlewares: names.map((name) => ({ name })) }] },
    });
const middleware = (name: string, spec: object) =>
    fact("kubernetes:traefik.io/v1alpha1:Middleware", { metadata: { name, namespace: "media" }, spec });
const login = middleware("login", { forwardAuth: { address: "http://auth.media.svc" } });

describe("external-route-has-login", () => {
    it("accepts a route that asks who is there, directly or in a chain", () => {
        assert.deepEqual(judge(rule, outside(["login"]), login), clean);
        const chain = middleware("chain", { chain: { middlewares: [{ name: "login" }] } });
        assert.deepEqual(judge(rule, outside(["chain"]), chain, login), clean);
    });

    it("asks nothing of routes inside the house", () => {
        assert.deepEqual(judge(rule, route()), clean);
    });

    it("refuses one that asks nobody", () => {
        for (const found of [[outside([])], [outside(["retry"]), middleware("retry", { retry: { attempts: 5 } })]]) {
            assert.match(
                judge(rule, ...found).messages.join(),
                /^IngressRoute media\/tv spec\.routes\[0\]\.middlewares: nobody is asked for a login .*; name a Middleware with forwardAuth/,
            );
        }
    });

    it("asks it of a route on the door to the internet, whatever its label says", () => {
        const open = fact("kubernetes:traefik.io/v1alpha1:IngressRoute", {
            metadata,
            spec: { entryPoints: ["internet"], routes: [{ match: "Host(`tv.example.org`)" }] },
        });
        assert.equal(judge(rule, open).messages.length, 1);
    });

    it("asks nothing of the login itself, to which others are sent", () => {
        const leadsTo = (name: string) =>
            fact("kubernetes:traefik.io/v1alpha1:IngressRoute", {
                metadata: { ...metadata, ...external },
                spec: { routes: [{ match: "Host(`login.example.org`)", services: [{ name, port: "http" }] }] },
            });
        assert.deepEqual(judge(rule, leadsTo("auth"), login), clean);
        assert.equal(judge(rule, leadsTo("tv"), login).messages.length, 1);
        assert.equal(judge(rule, leadsTo("auth")).messages.length, 1);
    });

    it("asks the same of an Ingress", () => {
        const entry = (annotations: object) =>
            fact("kubernetes:networking.k8s.io/v1:Ingress", { metadata: { ...metadata, ...external, annotations } });
        assert.deepEqual(judge(rule, entry({ "nginx.ingress.kubernetes.io/auth-url": "http://auth" })), clean);
        assert.equal(judge(rule, entry({})).messages.length, 1);
    });

    it("leaves an unknown middleware unchecked", () => {
        assert.equal(judge(rule, outside([unknownText])).unchecked.length, 1);
    });

    it("accepts an exception with a reason", () => {
        const annotations = {
            "policy.homelab/allow-external-route-has-login": excuse("the program's own login was looked at"),
        };
        assert.deepEqual(judge(rule, outside([], { ...external, annotations })), clean);
    });

    it("does not apply to Services", () => {
        assert.equal(rule.applies(service().type), false);
    });
});
