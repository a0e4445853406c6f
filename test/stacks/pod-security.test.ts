import assert from "node:assert/strict";
import type { KubeObject } from "../../lab/kube/client";
import { isRecord } from "../../lab/plain-values";
import { startControlPlane, type ControlPlane } from "../support/control-plane";
import { kubeObjects, Paths } from "../support/kube-objects";
import { captureStack, everyHouse } from "../support/stack-graph";

/** The pod that a controller would make; `undefined` for what makes none. */
function podOf(object: KubeObject): KubeObject | undefined {
    const spec = object["spec"];
    if (!isRecord(spec)) return undefined;
    const job = isRecord(spec["jobTemplate"]) ? spec["jobTemplate"]["spec"] : spec;
    const template = isRecord(job) ? job["template"] : undefined;
    if (!isRecord(template) || !isRecord(template["spec"]) || !Array.isArray(template["spec"]["containers"]))
        return undefined;
    const { name, namespace } = object.metadata;
    const metadata = { name: `${object.kind?.toLowerCase() ?? ""}-${name ?? ""}`, namespace };
    // Volumes of a claim template are the StatefulSet's to add.
    const claims = Array.isArray(spec["volumeClaimTemplates"]) ? spec["volumeClaimTemplates"] : [];
    const added = claims.map((claim: unknown) => {
        const claimName = isRecord(claim) && isRecord(claim["metadata"]) ? String(claim["metadata"]["name"]) : "";
        return { name: claimName, persistentVolumeClaim: { claimName } };
    });
    const volumes: unknown[] = Array.isArray(template["spec"]["volumes"]) ? template["spec"]["volumes"] : [];
    const podSpec = { ...template["spec"], volumes: [...volumes, ...added] };
    return { apiVersion: "v1", kind: "Pod", metadata, spec: podSpec } as KubeObject;
}

describe("a real API server that enforces the Pod Security Standard of each namespace", function () {
    this.timeout(120_000);
    let plane: ControlPlane;
    let paths: Paths;
    before(async () => {
        plane = await startControlPlane();
        paths = new Paths(plane.client);
        // k3s makes it on a node with NVIDIA's runtime.
        const runtime = { apiVersion: "node.k8s.io/v1", kind: "RuntimeClass", metadata: { name: "nvidia" } };
        await plane.client.apply(await paths.of(runtime), { ...runtime, handler: "nvidia" }, "test");
    });
    after(() => plane.stop());

    /** What it says to a pod, in a namespace that there is by now; nothing where it takes it without a warning. */
    async function saysTo(pod: KubeObject): Promise<string[]> {
        const says: string[] = [];
        try {
            await plane.client.request("PATCH", await paths.of(pod), {
                body: pod,
                contentType: "application/apply-patch+yaml",
                query: { fieldManager: "test", force: "true", fieldValidation: "Strict", dryRun: "All" },
                onWarning: (warning) => says.push(`${pod.metadata.name ?? ""}: warning: ${warning}`),
            });
        } catch (error) {
            says.push(`${pod.metadata.name ?? ""}: ${String(error)}`);
        }
        return says;
    }

    for (const [name, capture] of everyHouse()) {
        it(`takes every pod of ${name}`, async () => {
            const objects = kubeObjects(await capture());
            for (const object of objects.filter(({ kind }) => kind === "Namespace" || kind === "ServiceAccount"))
                await plane.client.apply(await paths.of(object), object, "test");
            const pods = objects.flatMap((object) => podOf(object) ?? []);
            assert.ok(pods.length >= 5, `${pods.length} pods`);
            const said: string[] = [];
            for (const pod of pods) said.push(...(await saysTo(pod)));
            assert.deepEqual(said, []);
        });
    }

    it("would refuse one that gives up a default that its namespace demands", async () => {
        const objects = kubeObjects(await captureStack("dev"));
        const pod = objects
            .filter(({ kind, metadata }) => kind === "StatefulSet" && metadata.name === "jellyfin")
            .flatMap((object) => podOf(object) ?? [])[0];
        assert.ok(pod && isRecord(pod["spec"]));
        const says = await saysTo({ ...pod, spec: { ...pod["spec"], hostNetwork: true } });
        assert.match(says.join("\n"), /violates PodSecurity "restricted:latest": .*hostNetwork=true/);
    });
});
