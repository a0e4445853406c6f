import assert from "node:assert/strict";
import { dayOf } from "../../policies/model/day";
import { rules } from "../../policies/rules";
import { checkAll } from "../../policies/model/run";
import { at, ofType, only, type CapturedResource, type Graph } from "../support/graph";
import { dataOf, unprotectedData } from "../support/protection";
import { graphSnapshot, storedSnapshot } from "../support/snapshot";
import { captureStack, SECRET_TEXTS, stackConfig, stackNames } from "../support/stack-graph";

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

for (const stack of stackNames) {
    describe(`the program with Pulumi.${stack}.yaml`, () => {
        const config = stackConfig(stack);
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
            const providers = new Set(graph.resources.filter(isKubernetes).map(({ opts }) => opts.provider));
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
            const shown = graphSnapshot(graph) + JSON.stringify({ ...graph.outputs, kubeconfig: undefined });
            const texts = [...SECRET_TEXTS, "passwordOf", "secretOf", "key of ", "K10"];
            assert.deepEqual(
                texts.filter((text) => shown.includes(text)),
                [],
            );
        });

        it("makes a machine of every planned one, on its host, with its number", () => {
            const planned = [...config.cluster.servers.machines, ...(config.cluster.agents?.machines ?? [])];
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

        it("protects what holds data exactly when the house says so", () => {
            assert.deepEqual(unprotectedData(graph.resources, config.house.protectData), []);
            const count = dataOf(graph.resources).length;
            assert.ok(count >= 15, `only ${count} resources hold data`);
        });

        it("reaches the cluster only through a kubeconfig that waits for every machine", () => {
            const provider = only(graph, "pulumi:providers:kubernetes");
            assert.ok(provider.secretPaths.includes("kubeconfig"));
            assert.equal(at(provider, "clusterIdentifier"), config.cluster.name);
        });

        it("tells addresses, the cluster, where Jellyfin is, and what to do next", () => {
            const names = Object.keys(graph.outputs).sort();
            assert.deepEqual(names, [
                "addresses",
                "backups",
                "clusterUrl",
                "imageRepositories",
                "kubeconfig",
                "nextSteps",
                ...(config.aws?.previews === undefined ? [] : ["previewRole"]),
                "urls",
            ]);
            assert.deepEqual(graph.outputs["urls"], { jellyfin: `http://${config.jellyfin.host}` });
        });

        it("shows the same shape in a preview, where nothing is known yet", async () => {
            const preview = await captureStack(stack, { preview: true });
            const shape = ({ resources }: Graph) => resources.map(({ urn }) => urn).sort();
            assert.deepEqual(shape(preview), shape(graph));
        });

        it("is the graph that was reviewed", () => {
            const current = graphSnapshot(graph);
            assert.equal(current, storedSnapshot(stack, current));
        });
    });
}
