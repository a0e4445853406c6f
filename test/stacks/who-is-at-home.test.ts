import assert from "node:assert/strict";
import { parseConfig } from "../../infra/config/parse";
import { changed, readHouse, type Change } from "../infra/config/houses";
import { at, only, type Graph } from "../support/graph";
import { captureHouse } from "../support/stack-graph";

const AT_THE_MACHINES: Change = { set: "network.loadBalancer", to: { kind: "servicelb" } };
const TO_THE_INTERNET: readonly Change[] = [
    { set: "jellyfin.exposure", to: "public" },
    {
        set: "ingress.login",
        to: {
            issuer: "https://accounts.google.com",
            clientId: "homelab",
            host: "login.k3s.internal.example.org",
            emails: ["ann@example.org"],
        },
    },
];

function build(file: string, ...changes: readonly Change[]): Promise<Graph> {
    return captureHouse("prod", parseConfig(changed(readHouse(file), changes)));
}

/** What Jellyfin's pods are told of networks before they start: whose word they take, and who is at home. */
function toldBy(graph: Graph): unknown {
    const set = only(graph, "kubernetes:apps/v1:StatefulSet", "jellyfin-web-statefulset");
    const init = at(set, "spec", "template", "spec", "initContainers");
    assert.ok(Array.isArray(init));
    const variables = init.flatMap(({ env = [] }: { env?: readonly { name: string; value?: string }[] }) => env);
    const settings: unknown = JSON.parse(variables.find(({ name }) => name === "SETTINGS")?.value ?? "");
    const { network = {} } = settings as { network?: Record<string, unknown> };
    return [network["KnownProxies"], network["LocalNetworkSubnets"]];
}

/** What a person is told of it. */
function saidBy({ outputs }: Graph): readonly string[] {
    const steps: unknown = outputs["nextSteps"];
    assert.ok(Array.isArray(steps));
    return steps.map(String).filter((step) => step.includes("at home"));
}

describe("who is at home for Jellyfin", () => {
    it("is the network of the machines where visitors keep their addresses, from the internet or not", async () => {
        for (const changes of [[], TO_THE_INTERNET]) {
            const graph = await build("Pulumi.prod.yaml", ...changes);
            assert.deepEqual(toldBy(graph), [["10.42.0.0/16"], ["192.168.20.0/24"]]);
            assert.deepEqual(saidBy(graph), []);
        }
    });

    it("is everybody at the machines' own addresses, where kube-proxy gives visitors one of the pods' network", async () => {
        const graph = await build("Pulumi.prod.yaml", AT_THE_MACHINES);
        assert.deepEqual(toldBy(graph), [["10.42.0.0/16"], ["192.168.20.0/24", "10.42.0.0/16"]]);
        assert.deepEqual(saidBy(graph), []);
    });

    it("is nobody of them once the internet is among them, and a person is told so", async () => {
        const graph = await build("Pulumi.prod.yaml", AT_THE_MACHINES, ...TO_THE_INTERNET);
        assert.deepEqual(toldBy(graph), [["10.42.0.0/16"], ["192.168.20.0/24"]]);
        assert.deepEqual(saidBy(graph), [
            "mind that Jellyfin takes nobody for somebody at home (limits for remote connections hold for all), because visitors " +
                "lose their addresses at those of the machines; homelab:network's loadBalancer of kind metallb keeps them",
        ]);
    });
});

describe("who is at home for Jellyfin on a cluster that was there", () => {
    async function told(...changes: readonly Change[]): Promise<unknown> {
        return toldBy(await build("test/fixtures/valid/managed-three-nodes.yaml", ...changes));
    }

    it("is whom the given networks say", async () => {
        const network = { pods: "10.244.0.0/16", lan: "192.168.1.0/24" };
        const given = await told({ set: "cluster.network", to: network });
        assert.deepEqual(given, [["10.244.0.0/16"], ["192.168.1.0/24"]]);
    });

    it("is whoever has a private address, and no address is believed, where nothing is said", async () => {
        assert.deepEqual(await told(), [undefined, undefined]);
        assert.deepEqual(await told({ set: "cluster.network", to: { pods: "10.244.0.0/16" } }), [
            ["10.244.0.0/16"],
            undefined,
        ]);
    });
});
