import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { K3sCluster, readinessGate } from "../../../infra/k3s";
import { at, captureGraph, ofType, only, type Graph } from "../../support/graph";
import { aCluster, agent, servers } from "../../support/planned";

describe("a cluster on paper", () => {
    let graph: Graph;
    let secretOutputs: boolean[];
    let sameGate: boolean;
    before(async () => {
        graph = await captureGraph(
            async () => {
                const cluster = new K3sCluster("example", aCluster(), { protect: true });
                const outputs = [cluster.kubeconfig, cluster.cloudConfig(servers[0]), cluster.cloudConfig(agent)];
                secretOutputs = await Promise.all(outputs.map((output) => pulumi.isSecret(output)));
                const passed = readinessGate({
                    kubeconfig: cluster.kubeconfig,
                    planned: [],
                    machineIds: [],
                    budgetMinutes: 1,
                    resource: cluster,
                });
                sameGate = passed === cluster.kubeconfig;
            },
            { preview: true },
        );
    });

    it("keeps kubeconfig and user-data secret", () => {
        assert.deepEqual(secretOutputs, [true, true, true]);
    });

    it("lets the kubeconfig pass in a preview, without waiting and without a machine", () => {
        assert.equal(sameGate, true);
    });

    it("has the authorities that k3s looks for, all below one root", () => {
        const authorities = ofType(graph, "tls:index/locallySignedCert:LocallySignedCert").filter((certificate) =>
            at(certificate, "isCaCertificate"),
        );
        const names = authorities.map(({ name }) => name.replace("example-pki-", "")).sort();
        assert.deepEqual(names, [
            "etcd-peer-ca",
            "etcd-server-ca",
            "k3s-client-ca",
            "k3s-request-header-ca",
            "k3s-server-ca",
        ]);
        const root = only(graph, "tls:index/selfSignedCert:SelfSignedCert");
        for (const { opts } of authorities) {
            assert.deepEqual(opts.propertyDependencies["caCertPem"], [root.urn]);
        }
    });

    it("signs the administrator by the authority of clients", () => {
        const admin = only(graph, "tls:index/locallySignedCert:LocallySignedCert", "example-pki-admin");
        assert.match(admin.opts.propertyDependencies["caCertPem"]?.join() ?? "", /::example-pki-k3s-client-ca$/);
        const request = only(graph, "tls:index/certRequest:CertRequest", "example-pki-admin");
        assert.deepEqual(at(request, "subject"), { commonName: "system:admin", organization: "system:masters" });
    });

    it("signs accounts of pods with an RSA key, which k3s asks for", () => {
        assert.equal(at(only(graph, "tls:index/privateKey:PrivateKey", "example-pki-service"), "algorithm"), "RSA");
    });

    it("protects keys and passwords, but not the administrator's certificate", () => {
        const open = graph.resources.filter(({ custom, opts }) => custom && !opts.protect).map(({ name }) => name);
        assert.deepEqual([...new Set(open)], ["example-pki-admin"]);
    });

    it("has a password for servers, another one for agents, and one for each machine's node", () => {
        const names = ofType(graph, "random:index/randomPassword:RandomPassword")
            .map(({ name }) => name)
            .sort();
        assert.deepEqual(names, [
            "example-agent-1-password",
            "example-agent-token",
            "example-server-1-password",
            "example-server-2-password",
            "example-server-3-password",
            "example-server-token",
        ]);
    });

    it("tells a machine the password of its own node and of no other", async () => {
        let texts: readonly string[] = [];
        await captureGraph(
            async () => {
                const cluster = new K3sCluster("example", aCluster());
                texts = await Promise.all([servers[0], agent].map((machine) => promised(cluster.cloudConfig(machine))));
            },
            { outputs: (type, name) => (type.includes("randomPassword") ? { result: `word of ${name}` } : {}) },
        );
        assert.deepEqual(
            texts.map((text) => text.match(/word of \S+-1-password/g)),
            [["word of example-server-1-password"], ["word of example-agent-1-password"]],
        );
    });
});

function promised<T>(output: pulumi.Output<T>): Promise<T> {
    return new Promise((resolve) => output.apply(resolve));
}

/** A resource that cannot be registered before the cluster is there. */
class Waiting extends pulumi.CustomResource {
    constructor(name: string, args: { kubeconfig: pulumi.Input<string> }) {
        super("test:index:Waiting", name, { settings: { ...args } });
    }
}

/** A kubeconfig of a cluster that does not answer. */
const nowhere = JSON.stringify({
    "current-context": "it",
    contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
    clusters: [{ name: "it", cluster: { server: "https://127.0.0.1:1" } }],
    users: [{ name: "it", user: { token: "t0ken" } }],
});

describe("the readiness gate in an up", () => {
    it("fails with the names of the missing nodes", async () => {
        await assert.rejects(
            captureGraph(() => {
                const cluster = new K3sCluster("example", aCluster());
                const never = {
                    name: "agent-1",
                    role: "agent",
                    host: "pve-1",
                    vmId: 211,
                    address: "127.0.0.1",
                    labels: {},
                } as const;
                const passed = readinessGate({
                    kubeconfig: pulumi.output(nowhere),
                    planned: [never],
                    machineIds: [pulumi.output("211")],
                    budgetMinutes: 0,
                    resource: cluster,
                });
                new Waiting("waiting", { kubeconfig: passed });
            }),
            // From the first letter: what is shown is the message alone, however many inputs wait for the cluster.
            /^RunError: cluster: 1 of 1 planned nodes are not ready|^Error: cluster: 1 of 1/,
        );
    });
});
