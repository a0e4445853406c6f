import assert from "node:assert/strict";
import { routeBackendExists as rule } from "../../../../policies/rules/network/route-backend-exists";
import { excuse, fact, judge, service } from "../../house";
import { unknownText } from "../../preview";
import { ingress, route } from "./routes";

const clean = { messages: [], unchecked: [] };

function httpRoute(ref: Readonly<Record<string, unknown>>) {
    return fact("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", {
        metadata: { name: "jellyfin", namespace: "media" },
        spec: { hostnames: ["tv.home.arpa"], rules: [{ backendRefs: [ref] }] },
    });
}

describe("route-backend-exists", () => {
    it("accepts a Service with the port, by name or number, in every kind of route", () => {
        for (const good of [
            route(),
            route({ port: 80 }),
            ingress(),
            ingress({ name: "jellyfin", port: { number: 80 } }),
            httpRoute({ name: "jellyfin", port: 80 }),
        ]) {
            assert.deepEqual(judge(rule, service(), good), clean);
        }
    });

    it("does not look at Traefik's own services, nor at a graph without routes", () => {
        assert.deepEqual(judge(rule, route({ kind: "TraefikService", name: "api@internal" })), clean);
        assert.deepEqual(judge(rule, service()), clean);
    });

    it("refuses a Service that is not there", () => {
        assert.deepEqual(judge(rule, service(), route({ name: "jelly" })).messages, [
            "IngressRoute media/jellyfin spec.routes[0].services[0].name: there is no Service jelly in namespace media, so " +
                "the route answers 404 (route-backend-exists); name the Service of the workload that it is for",
        ]);
        assert.equal(judge(rule, service({}, { namespace: "other" }), ingress()).messages.length, 1);
    });

    it("refuses a port that the Service does not have", () => {
        assert.match(
            judge(rule, service(), httpRoute({ name: "jellyfin", port: 8096 })).messages.join(),
            /port: 8096 is no port of Service media\/jellyfin, which has http \(80\)/,
        );
    });

    it("leaves unknown names unchecked", () => {
        assert.deepEqual(judge(rule, service({}, { name: unknownText }), route()).messages, []);
        assert.deepEqual(judge(rule, service({}, { name: unknownText }), route()).unchecked, ["metadata.name"]);
        assert.equal(judge(rule, service(), route({ name: unknownText })).unchecked.length, 1);
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-route-backend-exists": excuse("its chart makes the Service") };
        assert.deepEqual(judge(rule, route({}, {}, { annotations })), clean);
    });
});
