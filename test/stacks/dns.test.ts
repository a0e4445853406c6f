import assert from "node:assert/strict";
import { devHouse, machineHouse, readHouse, type Change } from "../infra/config/houses";
import { at, ofType, only, type Graph } from "../support/graph";
import { captureHouse } from "../support/stack-graph";

const TRAEFIK = "traefik.kube-system.svc.cluster.local";

/** A provider of logins and a NAS below house.domain, neither of them the house's. */
const neighbours: readonly Change[] = [
    { set: "network.dns.homeZone", to: { domain: "lan.dev.home.arpa", resolvers: ["198.51.100.53"] } },
    {
        set: "ingress",
        to: {
            login: {
                issuer: "https://auth.dev.home.arpa",
                clientId: "homelab",
                host: "login.dev.home.arpa",
                emails: ["ann@example.org"],
            },
        },
    },
    { set: "objectStorage", to: { kind: "s3", endpoint: "https://nas.lan.dev.home.arpa:9000" } },
];

function corefileOf(graph: Graph): string {
    return String(at(only(graph, "kubernetes:core/v1:ConfigMap", "cluster-dns-corefile"), "data", "Corefile"));
}

/** The names that are answered with the ingress. */
function answered(graph: Graph): string[] {
    return [...corefileOf(graph).matchAll(/^\s*rewrite (.*)$/gm)].map(([, words = ""]) => {
        const [, name] = /^stop name exact (\S+) (\S+) answer auto$/.exec(words) ?? assert.fail(words);
        assert.ok(words.includes(` ${TRAEFIK} `), words);
        return name ?? "";
    });
}

/** The names that some route leads from to a program. */
function routed(graph: Graph): string[] {
    const routes = ofType(graph, "kubernetes:traefik.io/v1alpha1:IngressRoute");
    const names = routes.flatMap((route) =>
        [...JSON.stringify(at(route, "spec")).matchAll(/Host\(`([^`]+)`\)/g)].map(([, name = ""]) => name),
    );
    return [...new Set(names)];
}

describe("the names below house.domain, as the cluster looks them up", () => {
    it("lead to the ingress where a route waits for them, and nowhere else", async () => {
        const graph = await captureHouse("dev", devHouse(...neighbours));
        assert.deepEqual(answered(graph).sort(), ["jellyfin.dev.home.arpa", "login.dev.home.arpa"]);
        assert.deepEqual(answered(graph).sort(), routed(graph).sort());
        assert.match(corefileOf(graph), /^\s*forward lan\.dev\.home\.arpa 198\.51\.100\.53 \{$/m);
    });

    it("are left to the resolvers of a home zone that holds house.domain", async () => {
        const manse = machineHouse(readHouse("test/fixtures/valid/everything-on.yaml"));
        const graph = await captureHouse("everything-on", manse);
        assert.deepEqual(answered(graph), []);
        assert.match(corefileOf(graph), /^\s*forward internal\.example\.org 192\.168\.20\.1 \{$/m);
    });
});
