import assert from "node:assert/strict";
import { parse } from "yaml";
import { isRecord, valueAt } from "../../lab/plain-values";
import { poolsOf } from "../../stacks/load-balancer";
import { at, ofType, type Graph } from "../support/graph";
import { captureStack, stackConfig, type StackName } from "../support/stack-graph";
import { serverManifests } from "../support/user-data";

/** Ranges of the pools, by name. */
function poolsIn(graph: Graph): Record<string, unknown> {
    return Object.fromEntries(
        ofType(graph, "kubernetes:metallb.io/v1beta1:IPAddressPool").map((pool) => [
            String(at(pool, "metadata", "name")),
            at(pool, "spec"),
        ]),
    );
}

function traefikService(stack: StackName): unknown {
    const settings = serverManifests(stackConfig(stack)).find(({ kind }) => kind === "HelmChartConfig");
    const content = valueAt(settings, "spec.valuesContent");
    assert.ok(typeof content === "string");
    const values: unknown = parse(content);
    assert.ok(isRecord(values));
    return values["service"];
}

describe("addresses of Services", () => {
    it("come from MetalLB in prod: the first for the ingress alone, which asks for it", async () => {
        const graph = await captureStack("prod");
        assert.deepEqual(poolsIn(graph), {
            ingress: { addresses: ["192.168.20.240/32"], autoAssign: false },
            others: { addresses: ["192.168.20.241-192.168.20.249"] },
        });
        assert.deepEqual(traefikService("prod"), {
            annotations: { "metallb.io/loadBalancerIPs": "192.168.20.240" },
            spec: { externalTrafficPolicy: "Local" },
        });
    });

    it("are announced all, to the network of the machines", async () => {
        const [announcement, ...others] = ofType(
            await captureStack("prod"),
            "kubernetes:metallb.io/v1beta1:L2Advertisement",
        );
        assert.ok(announcement);
        assert.deepEqual(others, []);
        assert.deepEqual(at(announcement, "spec", "ipAddressPools"), ["ingress", "others"]);
    });

    it("are those of the machines in dev, where nothing of MetalLB is", async () => {
        const graph = await captureStack("dev");
        assert.deepEqual(poolsIn(graph), {});
        assert.deepEqual(traefikService("dev"), { spec: { externalTrafficPolicy: "Cluster" } });
    });

    for (const [range, others] of [
        ["192.168.20.240-192.168.20.240", undefined],
        ["192.168.20.255-192.168.21.9", "192.168.21.0-192.168.21.9"],
    ] as const) {
        it(`are divided in ${range}: ${others ?? "none"} for others than the ingress`, () => {
            const pools = poolsOf({ loadBalancer: { kind: "metallb", addresses: range } });
            assert.deepEqual(pools, { ingress: range.split("-")[0], others });
        });
    }
});
