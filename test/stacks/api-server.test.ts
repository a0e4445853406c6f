import assert from "node:assert/strict";
import { startControlPlane, type ControlPlane } from "../support/control-plane";
import type { KubeObject } from "../../lab/kube/client";
import { isRecord } from "../../lab/plain-values";
import { installChartKinds, installTraefikKinds, kubeObjects, Paths } from "../support/kube-objects";
import { captureStack, everyHouse, stackConfig, stackNames } from "../support/stack-graph";
import { serverManifests } from "../support/user-data";

/** What others are made in, or of. */
const MADE = ["Namespace", "CustomResourceDefinition"];

/** The server gives Services the network that is the default; an address of another house's is held against its place in it. */
function inItsNetwork(object: KubeObject): KubeObject {
    const spec: unknown = object["spec"];
    if (object.kind !== "Service" || !isRecord(spec) || typeof spec["clusterIP"] !== "string") return object;
    return { ...object, spec: { ...spec, clusterIP: spec["clusterIP"].replace(/^\d+\.\d+\./, "10.43.") } };
}

describe("a real API server, which refuses unknown fields,", function () {
    this.timeout(120_000);
    let plane: ControlPlane;
    let paths: Paths;
    before(async () => {
        plane = await startControlPlane();
        paths = new Paths(plane.client);
        await installTraefikKinds(plane.client, paths);
        await installChartKinds(plane.client, paths);
    });
    after(() => plane.stop());

    async function refusals(objects: readonly KubeObject[]): Promise<string[]> {
        const refused: string[] = [];
        for (const object of objects) {
            try {
                await plane.client.request("PATCH", await paths.of(object), {
                    body: inItsNetwork(object),
                    contentType: "application/apply-patch+yaml",
                    // Nothing else is made: what the stacks hold under one name differs between them.
                    query: {
                        fieldManager: "test",
                        force: "true",
                        fieldValidation: "Strict",
                        dryRun: MADE.includes(object.kind ?? "") ? undefined : "All",
                    },
                    onWarning: (warning) => {
                        // The keys and certificates of the mocks are words.
                        if (/failed to find any PEM data/.test(warning)) return;
                        refused.push(`${object.kind} ${object.metadata.name}: warning: ${warning}`);
                    },
                });
            } catch (error) {
                refused.push(`${object.kind} ${object.metadata.name}: ${String(error)}`);
            }
        }
        return refused;
    }

    for (const [name, capture] of everyHouse()) {
        it(`takes every object of ${name} without a warning`, async () => {
            assert.deepEqual(await refusals(kubeObjects(await capture())), []);
        });
    }

    for (const stack of stackNames) {
        it(`takes every manifest on the disks of ${stack}'s servers`, async () => {
            const manifests = serverManifests(stackConfig(stack));
            assert.ok(manifests.length > 0);
            assert.deepEqual(await refusals(manifests), []);
        });
    }

    it("would say so if a recurring job had a task that Longhorn does not know", async () => {
        const graph = await captureStack("dev");
        const jobs = graph.resources.filter(({ type }) => type === "kubernetes:longhorn.io/v1beta2:RecurringJob");
        const [first] = jobs;
        assert.ok(first);
        const spec = { ...(first.props["spec"] as object), task: "snapshots" };
        const changed = { ...graph, resources: [{ ...first, props: { ...first.props, spec } }] };
        const refused = await refusals(kubeObjects(changed));
        assert.match(refused.join("\n"), /spec\.task: Unsupported value: "snapshots"/);
    });

    it("would say so if a field had a wrong name", async () => {
        const graph = await captureStack("dev");
        const [first] = graph.resources.filter(({ type }) => type === "kubernetes:apps/v1:Deployment");
        assert.ok(first);
        const spec = { ...(first.props["spec"] as object), replica: 2 };
        const changed = { ...graph, resources: [{ ...first, props: { ...first.props, spec } }] };
        const refused = await refusals(kubeObjects(changed));
        assert.match(refused.join("\n"), /replica/);
    });
});
