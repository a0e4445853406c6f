import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import type { KubeClient, KubeObject } from "../../lab/kube/client";
import { eventually } from "../support/eventually";
import { at, type CapturedResource, type Graph } from "../support/graph";
import { startControlPlane, type ControlPlane } from "../support/control-plane";
import { captureStack, stackNames } from "../support/stack-graph";
import { testTool } from "../support/tools";

interface Kind {
    readonly name: string;
    readonly namespaced: boolean;
}

/** The path of an object, as the API server itself tells it. */
class Paths {
    private readonly known = new Map<
        string,
        Promise<{ resources: { kind: string; name: string; namespaced: boolean }[] }>
    >();

    constructor(private readonly client: KubeClient) {}

    async of(object: KubeObject): Promise<string> {
        const version = object.apiVersion ?? "";
        const root = version.includes("/") ? `/apis/${version}` : `/api/${version}`;
        const { name, namespaced } = await this.kind(root, object.kind ?? "");
        const namespace = namespaced ? `/namespaces/${object.metadata.namespace ?? "default"}` : "";
        return `${root}${namespace}/${name}/${object.metadata.name ?? ""}`;
    }

    private async kind(root: string, kind: string): Promise<Kind> {
        const list =
            this.known.get(root) ??
            this.client.get<{ resources: { kind: string; name: string; namespaced: boolean }[] }>(root);
        this.known.set(root, list);
        const found = (await list).resources.find((entry) => entry.kind === kind && !entry.name.includes("/"));
        assert.ok(found, `${root} has no kind ${kind}`);
        return found;
    }
}

/** The object as the provider would send it; charts are no objects. */
function kubeObject(resource: CapturedResource): KubeObject | undefined {
    const isObject = resource.type.startsWith("kubernetes:") && !resource.type.startsWith("kubernetes:helm.sh/");
    return isObject ? { ...resource.props, metadata: at(resource, "metadata") as KubeObject["metadata"] } : undefined;
}

async function installTraefikKinds(client: KubeClient, paths: Paths): Promise<void> {
    for (const document of parseAllDocuments(readFileSync(testTool("traefik-crds"), "utf8"))) {
        const definition = document.toJS() as KubeObject;
        await client.apply(await paths.of(definition), definition, "test");
    }
    await eventually("traefik.io/v1alpha1 is served", () => client.find("/apis/traefik.io/v1alpha1"));
}

describe("a real API server, which refuses unknown fields,", function () {
    this.timeout(120_000);
    let plane: ControlPlane;
    let paths: Paths;
    before(async () => {
        plane = await startControlPlane();
        paths = new Paths(plane.client);
        await installTraefikKinds(plane.client, paths);
    });
    after(() => plane.stop());

    async function refusals(graph: Graph): Promise<string[]> {
        const objects = graph.resources.flatMap((resource) => kubeObject(resource) ?? []);
        // Namespaces first, as the program's dependencies have it.
        objects.sort((a, b) => Number(b.kind === "Namespace") - Number(a.kind === "Namespace"));
        const refused: string[] = [];
        for (const object of objects) {
            try {
                await plane.client.request("PATCH", await paths.of(object), {
                    body: object,
                    contentType: "application/apply-patch+yaml",
                    // Only the namespaces are made: what the stacks hold under one name differs between them.
                    query: {
                        fieldManager: "test",
                        force: "true",
                        fieldValidation: "Strict",
                        dryRun: object.kind === "Namespace" ? undefined : "All",
                    },
                    onWarning: (warning) => refused.push(`${object.kind} ${object.metadata.name}: warning: ${warning}`),
                });
            } catch (error) {
                refused.push(`${object.kind} ${object.metadata.name}: ${String(error)}`);
            }
        }
        return refused;
    }

    for (const stack of stackNames) {
        it(`takes every object of ${stack} without a warning`, async () => {
            assert.deepEqual(await refusals(await captureStack(stack)), []);
        });
    }

    it("would say so if a field had a wrong name", async () => {
        const graph = await captureStack("dev");
        const [first] = graph.resources.filter(({ type }) => type === "kubernetes:apps/v1:Deployment");
        assert.ok(first);
        const spec = { ...(first.props["spec"] as object), replica: 2 };
        const refused = await refusals({ ...graph, resources: [{ ...first, props: { ...first.props, spec } }] });
        assert.match(refused.join("\n"), /replica/);
    });
});
