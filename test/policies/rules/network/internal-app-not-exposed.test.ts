import assert from "node:assert/strict";
import { internalAppNotExposed as rule } from "../../../../policies/rules/network/internal-app-not-exposed";
import { excuse, judge, service, workload } from "../../house";
import { unknownText } from "../../preview";
import { component, ingress, route } from "./routes";

const clean = { messages: [], unchecked: [] };

describe("internal-app-not-exposed", () => {
    it("accepts a database behind a Service, and a route to a program for people", () => {
        assert.deepEqual(judge(rule, ...component("database")), clean);
        assert.deepEqual(judge(rule, workload(), service({ type: "LoadBalancer" }), route()), clean);
    });

    for (const name of ["database", "cache", "indexer"]) {
        it(`refuses a route to a ${name}`, () => {
            assert.deepEqual(judge(rule, ...component(name), route()).messages, [
                `IngressRoute media/jellyfin spec.routes[0].services[0]: StatefulSet media/jellyfin (component ${name}) can be ` +
                    "reached from outside of the cluster by this route (internal-app-not-exposed); remove it, and let the " +
                    "program that needs it use the Service's name",
            ]);
        });
    }

    for (const type of ["NodePort", "LoadBalancer"]) {
        it(`refuses a database on a ${type}`, () => {
            assert.match(
                judge(rule, ...component("database", { type })).messages.join(),
                new RegExp(`^Service media/jellyfin spec.type: .* by type ${type}`),
            );
        });
    }

    it("refuses a route to what says that it is internal", () => {
        const parts = component("web", {}, { "homelab/exposure": "internal" });
        assert.match(judge(rule, ...parts, ingress()).messages.join(), /\(homelab\/exposure: internal\)/);
    });

    it("leaves unknown labels and types unchecked", () => {
        assert.equal(judge(rule, workload({ labels: unknownText }), service(), route()).unchecked.length, 1);
        assert.deepEqual(judge(rule, ...component("cache", { type: unknownText })).unchecked, ["spec.type"]);
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-internal-app-not-exposed": excuse("read by the office's reports") };
        assert.deepEqual(judge(rule, ...component("database"), route({}, {}, { annotations })), clean);
    });
});
