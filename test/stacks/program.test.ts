import assert from "node:assert/strict";
import { dayOf } from "../../policies/model/day";
import { rules } from "../../policies/rules";
import { checkAll } from "../../policies/model/run";
import { at, ofType, type CapturedResource, type Graph } from "../support/graph";
import { dataOf, unprotectedData } from "../support/protection";
import { graphSnapshot, storedSnapshot } from "../support/snapshot";
import { captureStack, existingNames, fullNames, houseConfig, SECRET_TEXTS, stackNames } from "../support/stack-graph";

/** Type, namespace and name of a Kubernetes object, of a release too. */
function objectKey(resource: CapturedResource): string {
    const namespace = at(resource, "metadata", "namespace") ?? at(resource, "namespace") ?? "";
    const name = at(resource, "metadata", "name") ?? at(resource, "name");
    return JSON.stringify([resource.type, namespace, name]);
}

function repeated(keys: readonly string[]): string[] {
    return keys.filter((key, index) => keys.indexOf(key) !== index);
}

function isKubernetes({ type }: CapturedResource): boolean {
    return type.startsWith("kubernetes:");
}

/** The labels of nodes that somebody else runs go through a provider that overwrites nothing. */
const nodePatch = "kubernetes:core/v1:NodePatch";

for (const stack of [...stackNames, ...existingNames, ...fullNames]) {
    describe(`the program with the house ${stack}`, () => {
        const config = houseConfig(stack);
        let graph: Graph;
        before(async () => {
            graph = await captureStack(stack);
        });

        it("gives every resource a URN of its own", () => {
            assert.deepEqual(repeated(graph.resources.map(({ urn }) => urn)), []);
        });

        it("gives every object of the cluster a name of its own", () => {
            assert.deepEqual(repeated(graph.resources.filter(isKubernetes).map(objectKey)), []);
        });

        it("leaves no resource to a default provider", () => {
            const left = graph.resources.filter(
                ({ custom, type, opts }) => custom && !type.startsWith("pulumi:") && !opts.provider,
            );
            assert.deepEqual(
                left.map(({ urn }) => urn),
                [],
            );
        });

        it("puts every object on the cluster that it built", () => {
            const objects = graph.resources.filter((resource) => isKubernetes(resource) && resource.type !== nodePatch);
            const providers = new Set(objects.map(({ opts }) => opts.provider));
            assert.deepEqual(
                [...providers].map((urn) => urn.split("::").pop()),
                ["kubernetes"],
            );
        });

        it("has every component say that it is complete", () => {
            const open = graph.resources.filter(
                ({ custom, registeredOutputs }) => !custom && registeredOutputs === undefined,
            );
            assert.deepEqual(
                open.map(({ urn }) => urn),
                [],
            );
        });

        it("gives every resource but providers and top components a parent", () => {
            const orphans = graph.resources.filter(
                ({ custom, type, opts }) =>
                    custom && opts.parent === undefined && !type.startsWith("pulumi:providers:"),
            );
            assert.deepEqual(
                orphans.map(({ urn }) => urn),
                [],
            );
        });

        it("names every type of its own homelab:<module>:<Class>", () => {
            const wrong = graph.resources.filter(
                ({ custom, type }) => !custom && !/^homelab:[a-z0-9]+:[A-Z]\w+$/.test(type),
            );
            assert.deepEqual(
                wrong.map(({ type }) => type),
                [],
            );
        });

        it("keeps to every rule of the policy pack", () => {
            const outcome = checkAll(rules, graph.resources, dayOf(new Date()));
            const { violations, notChecked, broken } = outcome;
            assert.deepEqual({ violations, notChecked, broken }, { violations: [], notChecked: [], broken: [] });
        });

        it("shows no secret outside of secret inputs", () => {
            const shown =
                graphSnapshot(graph) +
                JSON.stringify({ ...graph.outputs, kubeconfig: undefined, joinedConfigs: undefined });
            const texts = [...SECRET_TEXTS, "passwordOf", "secretOf", "key of ", "K10"];
            assert.deepEqual(
                texts.filter((text) => shown.includes(text)),
                [],
            );
        });

        it("makes a machine of every planned one, on its host, with its number", () => {
            const { cluster } = config;
            const planned =
                cluster.kind === "k3s" ? [...cluster.servers.machines, ...(cluster.agents?.machines ?? [])] : [];
            const made = ofType(graph, "proxmoxve:index/vmLegacy:VmLegacy").map((vm) => ({
                name: at(vm, "name"),
                host: at(vm, "nodeName"),
                vmId: at(vm, "vmId"),
            }));
            assert.deepEqual(
                made,
                planned.map(({ name, host, vmId }) => ({ name, host, vmId })),
            );
        });

        it("gives every node of a cluster that was there the labels that pods are placed by, and nothing else", () => {
            const nodes = config.cluster.kind === "existing" ? config.cluster.nodes : [];
            const patches = ofType(graph, nodePatch);
            assert.deepEqual(
                patches.map((patch) => at(patch, "metadata")),
                nodes.map((node) => ({
                    name: node.name,
                    labels: { "topology.kubernetes.io/zone": node.host ?? node.name },
                })),
            );
            for (const { opts } of patches) assert.match(opts.provider, /::kubernetes-nodes$/);
        });

        it("protects what holds data exactly when the house says so", () => {
            assert.deepEqual(unprotectedData(graph.resources, config.house.protectData), []);
            const count = dataOf(graph.resources).length;
            assert.ok(count >= (config.cluster.kind === "k3s" ? 15 : 3), `only ${count} resources hold data`);
        });

        it("reaches the cluster only through a kubeconfig that waits for every machine", () => {
            const providers = ofType(graph, "pulumi:providers:kubernetes");
            const provider = providers.find(({ name }) => name === "kubernetes");
            assert.ok(provider);
            // Everything in the cluster comes after the labels, and goes before them.
            const labels = ofType(graph, nodePatch).map(({ urn }) => urn);
            assert.deepEqual(
                labels.filter((urn) => !provider.opts.dependsOn.includes(urn)),
                [],
            );
            assert.ok(provider.secretPaths.includes("kubeconfig"));
            assert.equal(at(provider, "clusterIdentifier"), config.cluster.name);
        });

        it("tells addresses, the cluster, where Jellyfin is, and what to do next", () => {
            const names = Object.keys(graph.outputs).sort();
            assert.deepEqual(names, [
                "addresses",
                "backups",
                ...(config.ingress.acme === undefined ? ["certificateAuthority"] : []),
                "clusterUrl",
                "databaseMode",
                "imageRepositories",
                "joinedConfigs",
                "kubeconfig",
                "mustSucceed",
                ...(config.storage.nas === undefined ? [] : ["nasShare"]),
                "nextSteps",
                ...(config.aws?.previews === undefined ? [] : ["previewRole"]),
                "urls",
            ]);
            assert.equal(graph.outputs["databaseMode"], config.database.mode);
            assert.deepEqual(graph.outputs["urls"], { jellyfin: `https://${config.jellyfin.host}` });
        });

        it("shows the same shape in a preview, where nothing is known yet", async () => {
            const preview = await captureStack(stack, { preview: true });
            const shape = ({ resources }: Graph) => resources.map(({ urn }) => urn).sort();
            assert.deepEqual(shape(preview), shape(graph));
        });

        if (stackNames.some((name) => name === stack)) {
            it("is the graph that was reviewed", () => {
                const current = graphSnapshot(graph);
                assert.equal(current, storedSnapshot(stack, current));
            });
        }
    });
}
