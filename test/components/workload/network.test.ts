import assert from "node:assert/strict";
import { Workload } from "../../../components/workload";
import { at, captureGraph, ofType, only, type CapturedResource, type Graph } from "../../support/graph";
import { captureWorkload, exampleArgs } from "../../support/example-workload";

const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";

function pods(namespace: string, labels: Record<string, string>) {
    return {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
        podSelector: { matchLabels: labels },
    };
}

function identity(name: string) {
    return { name, app: name, component: "web", partOf: "test" };
}

function selector(name: string) {
    return { "app.kubernetes.io/name": name, "app.kubernetes.io/instance": name, "app.kubernetes.io/component": "web" };
}

const dns = {
    to: [pods("kube-system", { "k8s-app": "kube-dns" })],
    ports: [
        { protocol: "UDP", port: 53 },
        { protocol: "TCP", port: 53 },
    ],
};

function ownPolicy(graph: Graph): CapturedResource {
    return only(graph, POLICY, "example-network");
}

describe("the network of a workload", () => {
    it("lets nothing in and only questions for names out", async () => {
        const policy = ownPolicy(await captureWorkload());
        assert.deepEqual(at(policy, "spec"), {
            podSelector: { matchLabels: selector("example") },
            policyTypes: ["Ingress", "Egress"],
            ingress: [],
            egress: [dns],
        });
    });

    it("admits named pods on the served ports only", async () => {
        const labels = { "app.kubernetes.io/name": "traefik" };
        const admits = [{ kind: "pods", namespace: "kube-system", labels }] as const;
        const policy = ownPolicy(await captureWorkload({ admits }));
        assert.deepEqual(at(policy, "spec", "ingress"), [
            { from: [pods("kube-system", labels)], ports: [{ protocol: "TCP", port: 8080 }] },
        ]);
    });

    it("reaches the internet without reaching the house", async () => {
        const policy = ownPolicy(await captureWorkload({ reaches: [{ kind: "internet", ports: [443] }] }));
        const block = at(policy, "spec", "egress", 1, "to", 0, "ipBlock") as { cidr: string; except: string[] };
        assert.equal(block.cidr, "0.0.0.0/0");
        for (const range of ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"]) {
            assert.ok(block.except.includes(range), range);
        }
    });

    describe("between two workloads", () => {
        let graph: Graph;
        before(async () => {
            graph = await captureGraph(() => {
                const server = new Workload(
                    "server",
                    exampleArgs({ identity: identity("server"), namespace: "rooms" }),
                );
                const reaches = [server.reachable()];
                new Workload("client", exampleArgs({ identity: identity("client"), namespace: "hall", reaches }));
            });
        });

        it("is opened on the client's side by the handle that it was given", () => {
            const policy = only(graph, POLICY, "client-network");
            assert.deepEqual(at(policy, "spec", "egress", 1), {
                to: [pods("rooms", selector("server"))],
                ports: [{ protocol: "TCP", port: 8080 }],
            });
        });

        it("is opened on the server's side too, in the server's namespace, by the client", () => {
            const policy = only(graph, POLICY, "client-to-server");
            assert.deepEqual(
                [at(policy, "metadata", "namespace"), at(policy, "metadata", "name")],
                ["rooms", "server-from-client"],
            );
            assert.deepEqual(at(policy, "spec"), {
                podSelector: { matchLabels: selector("server") },
                policyTypes: ["Ingress"],
                ingress: [{ from: [pods("hall", selector("client"))], ports: [{ protocol: "TCP", port: 8080 }] }],
            });
            assert.match(policy.opts.parent ?? "", /::client$/);
        });

        it("opens nothing else", () => {
            assert.deepEqual(
                ofType(graph, POLICY)
                    .map(({ name }) => name)
                    .sort(),
                ["client-network", "client-to-server", "server-network"],
            );
        });
    });

    it("has no handle for a port that is not served", async () => {
        await assert.rejects(
            captureGraph(() => {
                new Workload("example", exampleArgs()).reachable("metrics");
            }),
            /no port "metrics" is served; it serves http/,
        );
    });
});
