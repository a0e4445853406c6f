import assert from "node:assert/strict";
import { parse } from "yaml";
import { ENTRY_POINTS } from "../../../components/ingress";
import { traefikSettings } from "../../../infra/k3s/traefik-settings";
import { traefikValues, type TraefikChartValues, type TraefikNeeds } from "../../../infra/k3s/traefik-values";
import keys from "../../../lab/charts/keys/traefik.json";
import { checkValues } from "../../../lab/charts/values";

const FLOATING = "192.168.20.240";

const HOUSES: readonly [TraefikNeeds, ...TraefikNeeds[]] = [
    { replicas: 1 },
    { replicas: 2 },
    { replicas: 2, floatingAddress: FLOATING },
];

/**
 * The values with what the chart takes besides its defaults in the place of what these have: a port of one's own may have
 * what that for https has, each port may be a default, and the Service takes all of Kubernetes' own.
 */
function asInTheDefaults(values: TraefikChartValues): Readonly<Record<string, unknown>> {
    const { ports, service, ...others } = values;
    const { asDefault, ...websecure } = ports.websecure;
    const known = ["annotations", "spec"];
    assert.ok(Object.keys(service).every((key) => known.includes(key)));
    return { ...others, ports: { web: { ...ports.web, asDefault }, websecure: { ...websecure, ...ports.internet } } };
}

describe("the values of k3s' Traefik", () => {
    for (const needs of HOUSES) {
        it(`are known to the chart that k3s 1.36 packages, with ${needs.replicas} at ${needs.floatingAddress ?? "the nodes"}`, () => {
            checkValues(keys, asInTheDefaults(traefikValues(needs)));
        });
    }

    it("would be refused by that test where the chart does not know them", () => {
        const values = { ...asInTheDefaults(traefikValues(HOUSES[0])), accessLog: { enabled: true } };
        assert.match(keys.version, /^40\./);
        assert.throws(() => checkValues(keys, values), /accessLog\.enabled: no such value in chart/);
    });

    it("have the doors that routes name", () => {
        const { ports } = traefikValues({ replicas: 1 });
        assert.deepEqual(Object.keys(ports).sort(), Object.values(ENTRY_POINTS).sort());
    });

    it("put two pods on two hosts, and let one go at a time", () => {
        const { affinity, podDisruptionBudget, updateStrategy } = traefikValues({ replicas: 2 });
        assert.match(JSON.stringify(affinity), /"podAntiAffinity":.*"topologyKey":"topology.kubernetes.io\/zone"/);
        assert.deepEqual(podDisruptionBudget, { enabled: true, maxUnavailable: 1 });
        assert.deepEqual(updateStrategy, { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } });
    });

    it("keep a request at the node that took it only where the address moves to a node with a pod", () => {
        const service = (floatingAddress?: string) => traefikValues({ replicas: 2, floatingAddress }).service;
        assert.deepEqual(service(), { spec: { externalTrafficPolicy: "Cluster" } });
        assert.deepEqual(service(FLOATING), {
            annotations: { "metallb.io/loadBalancerIPs": FLOATING },
            spec: { externalTrafficPolicy: "Local" },
        });
    });

    it("lead plain http to https, with a rule that every route wins over", () => {
        const { http } = traefikValues({ replicas: 1 }).ports.web;
        assert.deepEqual(http?.redirections?.entryPoint, {
            to: "websecure",
            scheme: "https",
            permanent: false,
            priority: 1,
        });
    });

    it("put a route that names no door on those of the house, not on that of the internet", () => {
        const { web, websecure, internet } = traefikValues({ replicas: 1 }).ports;
        assert.deepEqual([web.asDefault, websecure.asDefault, internet.asDefault], [true, true, undefined]);
    });

    it("come as a HelmChartConfig that leaves what runs where a change fails", () => {
        const { kind, metadata, spec } = parse(traefikSettings({ replicas: 2 })) as {
            kind: string;
            metadata: object;
            spec: { valuesContent: string; failurePolicy: string };
        };
        assert.deepEqual([kind, metadata], ["HelmChartConfig", { name: "traefik", namespace: "kube-system" }]);
        assert.equal(spec.failurePolicy, "abort");
        assert.deepEqual(parse(spec.valuesContent), traefikValues({ replicas: 2 }));
    });
});
