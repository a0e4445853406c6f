import assert from "node:assert/strict";
import { inspectCluster, type ClusterClaims } from "../../../infra/existing/inspection";
import { issueLine } from "../../../infra/config/issues";
import { apiAccess } from "../../../infra/kube-api";
import type { KubeObject } from "../../../lab/kube/client";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { installTraefikKinds, Paths } from "../../support/kube-objects";

const ZONE = "topology.kubernetes.io/zone";
const containers = [{ name: "main", image: "example.org/main:1" }];

function object(kind: string, name: string, namespace?: string, more: Readonly<Record<string, unknown>> = {}) {
    const apiVersion = { Deployment: "apps/v1", StorageClass: "storage.k8s.io/v1" }[kind] ?? "v1";
    return { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) }, ...more };
}

function labelled(made: KubeObject, labels: Readonly<Record<string, string>>): KubeObject {
    return { ...made, metadata: { ...made.metadata, labels } };
}

describe("what the configuration says of a cluster that is there, held against a real API server,", function () {
    this.timeout(60_000);
    let plane: ControlPlane;
    let paths: Paths;
    before(async () => {
        plane = await startControlPlane();
        paths = new Paths(plane.client);
        await apply(labelled(object("Node", "pool-a"), { [ZONE]: "fra1" }), "cloud");
        await apply(object("Node", "pool-b"), "kubelet");
        await apply(labelled(object("Node", "pool-b"), { [ZONE]: "old-word" }), "pulumi-kubernetes-1a2b3c4d");
    });
    after(() => plane.stop());

    const apply = async (made: KubeObject, manager = "test") => plane.client.apply(await paths.of(made), made, manager);
    const deployment = (name: string, namespace: string, labels: Readonly<Record<string, string>>) => {
        const spec = { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } };
        return apply(labelled(object("Deployment", name, namespace, { spec }), labels));
    };
    const right: ClusterClaims = {
        nodes: [
            { name: "pool-a", labels: { [ZONE]: "fra1" } },
            { name: "pool-b", labels: { [ZONE]: "another-word" } },
        ],
        storageClasses: { block: "fast", shared: undefined },
        ingressNamespace: "traefik",
        certManager: "own",
    };
    const told = async (changes: Partial<ClusterClaims> = {}) =>
        (await inspectCluster(apiAccess(plane.kubeconfig), { ...right, ...changes })).map(issueLine);

    it("is told all at once where the cluster is bare", async () => {
        const nodes = [{ name: "pool-a", labels: { [ZONE]: "pool-a" } }, ...right.nodes.slice(1)];
        assert.deepEqual(await told({ nodes, certManager: "present" }), [
            `cluster.nodes[0].host: pool-a would get ${ZONE}=pool-a, and carries ${ZONE}=fra1 of cloud (a label of somebody else is never overwritten); write host: fra1`,
            "cluster.storageClasses.block: fast is no storage class of the cluster (a claim waits for its class for ever); install storage first; there is none",
            "cluster.ingress: the cluster has no traefik.io/v1alpha1 (Traefik 3 takes the requests from outside, by routes of its own kind); install it with its definitions, or, in a cluster that is just starting, run pulumi up again",
            "cluster.certManager: is present, and the cluster has no cert-manager.io/v1 (the certificate of the house is one of its kinds); install cert-manager, or write own",
        ]);
    });

    it("is not told where it is so, nor where the house itself has set a label to another value", async () => {
        await installTraefikKinds(plane.client, paths);
        await apply(object("Namespace", "traefik"));
        await apply(object("ServiceAccount", "default", "traefik"));
        const pod = object("Pod", "traefik", "traefik", { spec: { containers, automountServiceAccountToken: false } });
        await apply(labelled(pod, { "app.kubernetes.io/name": "traefik" }));
        await apply(object("StorageClass", "fast", undefined, { provisioner: "example.org/disk" }));
        assert.deepEqual(await told(), []);
    });

    it("is told of a node that was taken from it and has labels of the house still", async () => {
        const nodes = right.nodes.slice(0, 1);
        assert.deepEqual(await told({ nodes }), [
            `cluster.nodes: pool-b is not among them, and carries ${ZONE} of the house (pods of the house go where its labels are); run kubectl label node pool-b ${ZONE}-, or write the node again`,
        ]);
    });

    it("is not told of a node of others, whose zone the house may have set to the same word", async () => {
        await apply(labelled(object("Node", "pool-c"), { [ZONE]: "fra1" }), "cloud");
        await apply(labelled(object("Node", "pool-c"), { [ZONE]: "fra1" }), "pulumi-kubernetes-1a2b3c4d");
        await apply(object("Node", "pool-d"), "kubelet");
        assert.deepEqual(await told(), []);
    });

    it("is told with what is there in its place", async () => {
        const elsewhere = { storageClasses: { block: "fast", shared: "files" }, ingressNamespace: "kube-system" };
        assert.deepEqual(await told(elsewhere), [
            "cluster.storageClasses.shared: files is no storage class of the cluster (a claim waits for its class for ever); write fast",
            "cluster.ingress.namespace: there is no pod of Traefik in kube-system (pods with app.kubernetes.io/name=traefik there are those that may come in); write traefik",
        ]);
    });

    it("tells a cert-manager of somebody else from the house's own", async () => {
        const ours = { "app.kubernetes.io/managed-by": "pulumi", "app.kubernetes.io/part-of": "certificates" };
        await apply(labelled(object("Namespace", "cert-manager"), ours));
        await deployment("cert-manager", "cert-manager", { app: "cert-manager" });
        assert.deepEqual(await told(), []);
        await apply(object("Namespace", "security"));
        await deployment("cm", "security", { app: "cert-manager" });
        assert.deepEqual(await told(), [
            "cluster.certManager: is own, and there is a cert-manager in security already (two of them would answer the same requests); write present",
        ]);
    });

    it("is not guessed where nobody answers", async () => {
        const away = apiAccess(plane.kubeconfig.replace(/127\.77\.[\d.]+:\d+/, "127.77.0.1:1"));
        await assert.rejects(
            inspectCluster(away, right),
            /^Error: cluster: https:\/\/127\.77\.0\.1:1\/\S+: ECONNREFUSED \(/,
        );
    });
});
