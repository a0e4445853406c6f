import assert from "node:assert/strict";
import { textOf } from "../../../../lab/plain-values";
import type { Properties } from "../../../../lab/providers/kit/provider";
import { type ControlPlane, startControlPlane } from "../../../support/control-plane";
import { configMap, deployment, type Made, Rig, waitless } from "./rig";

const namespaces = "kubernetes:core/v1:Namespace";
const secretType = "kubernetes:core/v1:Secret";

/** The controller-manager is there for its garbage collector; what is awaited is another test's matter. */
describe("Kubernetes objects on a real API server", function () {
    this.timeout(60_000);
    let plane: ControlPlane;
    let rig: Rig;
    before(async () => {
        plane = await startControlPlane(["kube-controller-manager"]);
        rig = await Rig.start({ kubeconfig: plane.kubeconfig });
    });
    after(async () => {
        await plane.stop();
        await rig.close();
    });

    const pathOf = (made: Made, plural: string, root = "/api/v1") =>
        `${root}/namespaces/default/${plural}/${made.id.split("/")[1]}`;
    const deploymentPath = (made: Made) => pathOf(made, "deployments", "/apis/apps/v1");
    /** A change by somebody else. */
    const edit = (path: string, body: unknown, fieldManager = "kubectl-edit") =>
        plane.client.request("PATCH", path, {
            body,
            contentType: "application/merge-patch+json",
            query: { fieldManager },
        });

    describe("create and update", () => {
        it("write fields as a manager of the resource's own, which the state keeps", async () => {
            const made = await rig.create(configMap, { data: { a: "1" } });
            assert.match(textOf(made.outputs["__fieldManager"]), /^pulumi-kubernetes-[0-9a-f]{8}$/);
            const live = await plane.client.get(pathOf(made, "configmaps"));
            const [entry] = live.metadata.managedFields as { manager: string; operation: string }[];
            assert.deepEqual([entry?.manager, entry?.operation], [made.outputs["__fieldManager"], "Apply"]);
        });

        it("refuse to take over an object that exists, and say how to", async () => {
            await rig.create(configMap, { metadata: { name: "taken" } });
            await assert.rejects(rig.create(configMap, { metadata: { name: "taken" } }), (error: Error) => {
                assert.match(error.message, /ConfigMap "default\/taken": exists already/);
                assert.match(error.message, /import: "default\/taken".*ConfigMapPatch.*aliases/s);
                return true;
            });
        });

        it("name the manager and the field of a conflict, and take the field over when told to", async () => {
            const made = await rig.create(deployment, waitless("conflict"));
            await edit(deploymentPath(made), { spec: { replicas: 3 } });
            const more = waitless("conflict", { spec: { replicas: 2 } });
            await assert.rejects(
                rig.update(made, more),
                /\.spec\.replicas is managed by "kubectl-edit".*pulumi\.com\/patchForce/s,
            );
            const annotations = { "pulumi.com/skipAwait": "true", "pulumi.com/patchForce": "true" };
            const forced = await rig.update(
                made,
                waitless("conflict", { spec: { replicas: 2 }, metadata: { annotations } }),
            );
            assert.equal((forced.outputs["spec"] as Properties)["replicas"], 2);
        });

        it("take a field back from kubectl without being told, as its commands are made to be followed up", async () => {
            const made = await rig.create(deployment, waitless("scaled"));
            await edit(deploymentPath(made), { spec: { replicas: 3 } }, "kubectl");
            const updated = await rig.update(made, waitless("scaled", { metadata: { labels: { changed: "yes" } } }));
            assert.equal((updated.outputs["spec"] as Properties)["replicas"], 1);
        });

        it("leave an ignored field to the manager that holds it", async () => {
            const made = await rig.create(deployment, waitless("ignoring"));
            await edit(deploymentPath(made), { spec: { replicas: 7 } }, "autoscaler");
            const news = waitless("ignoring", { metadata: { labels: { changed: "yes" } } });
            const updated = await rig.update(made, news, { ignoreChanges: ["spec.replicas"] });
            assert.equal((updated.outputs["spec"] as Properties)["replicas"], 7);
        });

        it("remove a field that is no longer written", async () => {
            const made = await rig.create(configMap, { metadata: { name: "shrinking" }, data: { a: "1", b: "2" } });
            const updated = await rig.update(made, { metadata: { name: "shrinking" }, data: { a: "1" } });
            assert.deepEqual(updated.outputs["data"], { a: "1" });
        });

        it("wait a moment for a namespace that is just being made", async () => {
            const creating = rig.create(configMap, { metadata: { name: "x", namespace: "arriving" } });
            setTimeout(() => void rig.create(namespaces, { metadata: { name: "arriving" } }), 300);
            assert.equal((await creating).id, "arriving/x");
        });

        it("say that an object is gone rather than making it again", async () => {
            const made = await rig.create(configMap, { metadata: { name: "vanishing" } });
            await plane.client.request("DELETE", pathOf(made, "configmaps"));
            await assert.rejects(
                rig.update(made, { metadata: { name: "vanishing" }, data: { a: "1" } }),
                /is gone from the cluster; run "pulumi refresh"/,
            );
        });

        it("do not count another way of writing the same value as a change", async () => {
            const limits = (cpu: string) => ({
                pod: { spec: { containers: [{ name: "a", image: "b", resources: { limits: { cpu } } }] } },
            });
            const made = await rig.create(deployment, waitless("quantity", limits("1000m")));
            assert.deepEqual((await rig.diff(made, waitless("quantity", limits("1")))).kinds, {});
            assert.equal(Object.keys((await rig.diff(made, waitless("quantity", limits("2")))).kinds).length, 1);
        });
    });

    describe("refresh", () => {
        it("changes nothing where nothing was touched", async () => {
            const made = await rig.create(deployment, waitless("untouched"));
            assert.deepEqual((await rig.read(made))?.inputs, made.inputs);
        });

        it("shows exactly the field that somebody changed, and not what they added", async () => {
            const made = await rig.create(deployment, waitless("touched"));
            await edit(deploymentPath(made), {
                spec: { replicas: 4, minReadySeconds: 9 },
                metadata: { labels: { theirs: "1" } },
            });
            const found = await rig.read(made);
            assert.ok(found);
            assert.deepEqual((await rig.diff(found, waitless("touched"))).kinds, { "spec.replicas": "update" });
        });

        it("sees through the encoding of a Secret's texts", async () => {
            const news = { metadata: { name: "texts" }, stringData: { a: "one", b: "two" } };
            const made = await rig.create(secretType, news);
            assert.deepEqual((await rig.read(made))?.inputs, made.inputs);
            await edit(pathOf(made, "secrets"), { data: { b: Buffer.from("changed").toString("base64") } });
            const found = await rig.read(made);
            assert.deepEqual(found?.inputs["stringData"], { a: "one", b: "changed" });
        });

        it("finds a deleted object gone", async () => {
            const made = await rig.create(configMap, { metadata: { name: "deleted" } });
            await rig.delete(made);
            assert.equal(await rig.read(made), undefined);
        });

        it("gives an imported object's fields as inputs, without what only the API server writes", async () => {
            await plane.client.request("POST", "/api/v1/namespaces/default/configmaps", {
                body: { metadata: { name: "imported" }, data: { a: "1" } },
            });
            const found = await rig.read({
                type: configMap,
                urn: "u",
                id: "default/imported",
                inputs: {},
                outputs: {},
            });
            assert.deepEqual(found?.inputs, {
                apiVersion: "v1",
                kind: "ConfigMap",
                metadata: { name: "imported", namespace: "default" },
                data: { a: "1" },
            });
        });
    });

    describe("delete", () => {
        it("names the finalizer that keeps an object", async () => {
            const made = await rig.create(configMap, {
                metadata: { name: "kept", finalizers: ["example.com/keeper"] },
            });
            await assert.rejects(
                rig.delete(made, 1),
                /ConfigMap "default\/kept": is still there after 1 s: the finalizer example\.com\/keeper/,
            );
            await edit(pathOf(made, "configmaps"), { metadata: { finalizers: null } });
            await rig.delete(made);
        });

        it("is done with what is gone already", async () => {
            const made = await rig.create(configMap, { metadata: { name: "twice" } });
            await rig.delete(made);
            await rig.delete(made);
        });
    });

    describe("a patch", () => {
        it("sets fields of somebody else's object and gives up exactly these when it is deleted", async () => {
            const path = "/api/v1/namespaces/default/configmaps/theirs";
            await plane.client.request("POST", "/api/v1/namespaces/default/configmaps", {
                body: { metadata: { name: "theirs" }, data: { a: "1" } },
            });
            const patch = await rig.create("kubernetes:core/v1:ConfigMapPatch", {
                kind: "ConfigMap",
                metadata: { name: "theirs" },
                data: { b: "2" },
            });
            assert.deepEqual((await plane.client.get(path))["data"], { a: "1", b: "2" });
            await rig.delete(patch);
            assert.deepEqual((await plane.client.get(path))["data"], { a: "1" });
        });

        it("makes an empty object when it is deleted after the one that it was for, as the plugin does", async () => {
            const path = "/api/v1/namespaces/default/configmaps/gone";
            await plane.client.request("POST", "/api/v1/namespaces/default/configmaps", {
                body: { metadata: { name: "gone" }, data: { a: "1" } },
            });
            const patch = await rig.create("kubernetes:core/v1:ConfigMapPatch", {
                kind: "ConfigMap",
                metadata: { name: "gone" },
                data: { b: "2" },
            });
            await plane.client.request("DELETE", path);
            await rig.delete(patch);
            assert.equal((await plane.client.get(path))["data"], undefined);
        });
    });

    describe("a custom resource", () => {
        const gizmos = "kubernetes:example.com/v1:Gizmo";
        const definition: Properties = {
            metadata: { name: "gizmos.example.com" },
            spec: {
                group: "example.com",
                scope: "Namespaced",
                names: { plural: "gizmos", singular: "gizmo", kind: "Gizmo", listKind: "GizmoList" },
                versions: [
                    {
                        name: "v1",
                        served: true,
                        storage: true,
                        schema: {
                            openAPIV3Schema: {
                                type: "object",
                                properties: {
                                    spec: {
                                        type: "object",
                                        properties: {
                                            size: { type: "integer", minimum: 1 },
                                            free: { type: "object", x_kubernetes_preserve_unknown_fields: true },
                                        },
                                    },
                                },
                            },
                        },
                    },
                ],
            },
        };

        it("can be made as soon as its definition is, and is checked against it", async () => {
            await assert.rejects(
                rig.create(gizmos, { metadata: { name: "early" } }),
                /knows no kind Gizmo in example\.com\/v1.*create the definition first/,
            );
            const crd = await rig.create("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", definition);
            assert.deepEqual((await rig.read(crd))?.inputs, crd.inputs);
            const made = await rig.create(gizmos, {
                metadata: { name: "a" },
                spec: { size: 2, free: { any: "thing" } },
            });
            assert.equal(made.id, "default/a");
            const { failures } = await rig.check(gizmos, { metadata: { name: "b" }, spec: { sise: 1 } });
            assert.deepEqual(
                failures.map(({ property }) => property),
                ["spec.sise"],
            );
            await rig.delete(crd);
            assert.equal(await rig.read(made), undefined);
        });
    });

    describe("without server-side apply", () => {
        it("writes as one common manager, does not preview, and refuses patches", async () => {
            const plain = await Rig.start({ kubeconfig: plane.kubeconfig, enableServerSideApply: "false" });
            const made = await plain.create(configMap, { metadata: { name: "plain" }, data: { a: "1" } });
            assert.equal(made.outputs["__fieldManager"], "pulumi-kubernetes");
            const patch = await plain.check("kubernetes:core/v1:ConfigMapPatch", {
                kind: "ConfigMap",
                metadata: { name: "plain" },
            });
            assert.match(patch.failures[0]?.reason ?? "", /enableServerSideApply/);
            await plain.close();
        });
    });
});
