import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ClusterDns, type ClusterDnsArgs } from "../../../components/network";
import { reverseZones } from "../../../components/network/reverse-zones";
import { images } from "../../../components/versions";
import { at, captureGraph, ofType, only, type Graph } from "../../support/graph";

const args: ClusterDnsArgs = {
    address: "10.43.0.10",
    replicas: 2,
    upstreams: [{ name: "dns.quad9.net", addresses: ["9.9.9.9", "149.112.112.112"] }],
    transport: "tls",
    homeZone: { domain: "home.arpa", networks: ["192.168.20.0/24"], resolvers: ["192.168.20.1"] },
    served: undefined,
};
const DEPLOYMENT = "kubernetes:apps/v1:Deployment";

function build(changes: Partial<ClusterDnsArgs> = {}): Promise<Graph> {
    return captureGraph(() => new ClusterDns("cluster-dns", { ...args, ...changes }));
}

describe("the cluster's DNS", () => {
    it("has two pods on two hosts, one of which may be taken away at a time", async () => {
        const graph = await build();
        const deployment = only(graph, DEPLOYMENT);
        assert.equal(at(deployment, "spec", "replicas"), 2);
        const path = [
            "affinity",
            "podAntiAffinity",
            "requiredDuringSchedulingIgnoredDuringExecution",
            0,
            "topologyKey",
        ];
        assert.equal(at(deployment, "spec", "template", "spec", ...path), "topology.kubernetes.io/zone");
        assert.equal(at(only(graph, "kubernetes:policy/v1:PodDisruptionBudget"), "spec", "maxUnavailable"), 1);
    });

    it("answers at the address that pods are told, by UDP and TCP, where charts look for it", async () => {
        const graph = await build();
        const service = only(graph, "kubernetes:core/v1:Service", "cluster-dns-address");
        assert.deepEqual(
            [at(service, "metadata", "namespace"), at(service, "metadata", "name"), at(service, "spec", "clusterIP")],
            ["kube-system", "kube-dns", "10.43.0.10"],
        );
        assert.deepEqual(at(service, "spec", "ports"), [
            { name: "dns", port: 53, targetPort: "dns", protocol: "UDP" },
            { name: "dns-tcp", port: 53, targetPort: "dns-tcp", protocol: "TCP" },
        ]);
        const labels = at(only(graph, DEPLOYMENT), "spec", "template", "metadata", "labels");
        assert.equal((labels as Record<string, string>)["k8s-app"], "kube-dns");
    });

    it("is asked by everybody, and asks its resolvers and the API server only", async () => {
        const policies = ofType(await build(), "kubernetes:networking.k8s.io/v1:NetworkPolicy");
        const egress = policies.flatMap(
            (policy) => at(policy, "spec", "egress") as { to: { ipBlock?: { cidr: string } }[]; ports: unknown }[],
        );
        const blocks = egress.flatMap(({ to }) => to.flatMap(({ ipBlock }) => ipBlock?.cidr ?? []));
        assert.deepEqual(blocks.sort(), ["0.0.0.0/0", "149.112.112.112/32", "192.168.20.1/32", "9.9.9.9/32"]);
        const open = egress.filter(({ to }) => to.some(({ ipBlock }) => ipBlock?.cidr === "0.0.0.0/0"));
        assert.deepEqual(
            open.map(({ ports }) => ports),
            [[{ protocol: "TCP", port: 6443 }]],
        );
        const [questions] = policies.filter(({ name }) => name === "cluster-dns-questions");
        assert.ok(questions);
        assert.deepEqual(at(questions, "spec", "egress", 0, "ports"), [{ protocol: "TCP", port: 853 }]);
    });

    it("rolls its pods when the Corefile is another, instead of changing it under them", async () => {
        const names = [await build(), await build(), await build({ transport: "plain" })].map((graph) =>
            at(only(graph, "kubernetes:core/v1:ConfigMap"), "metadata", "name"),
        );
        assert.equal(names[0], names[1]);
        assert.notEqual(names[0], names[2]);
    });

    it("runs the version whose Corefile is tested", () => {
        const module = readFileSync(join(__dirname, "../../../lab/toolchain/modules/coredns/go.mod"), "utf8");
        assert.equal(images.coredns.split(":")[1], /coredns\/coredns v(\S+)/.exec(module)?.[1]);
    });
});

describe("the reverse domains of a network", () => {
    for (const [cidr, zones] of [
        ["192.168.20.0/24", ["20.168.192.in-addr.arpa"]],
        [
            "10.20.0.0/22",
            ["0.20.10.in-addr.arpa", "1.20.10.in-addr.arpa", "2.20.10.in-addr.arpa", "3.20.10.in-addr.arpa"],
        ],
        ["10.0.0.0/8", ["10.in-addr.arpa"]],
        ["172.16.0.0/15", ["16.172.in-addr.arpa", "17.172.in-addr.arpa"]],
        ["192.168.20.128/28", ["20.168.192.in-addr.arpa"]],
    ] as const) {
        it(`are ${zones.join(" ")} for ${cidr}`, () => assert.deepEqual(reverseZones(cidr), zones));
    }
});
