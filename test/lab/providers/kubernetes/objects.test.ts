import assert from "node:assert/strict";
import { createServer } from "node:net";
import { textOf } from "../../../../lab/plain-values";
import { type Properties, Unknown } from "../../../../lab/providers/kit/provider";
import { type ControlPlane, startControlPlane } from "../../../support/control-plane";
import { configMap, deployment, deploymentInputs, type Made, Rig, service, skipAwait } from "./rig";

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
    const waitless = (name: string, more: Parameters<typeof deploymentInputs>[1] = {}) =>
        deploymentInputs(name, { ...more, metadata: { ...skipAwait, ...more.metadata } });

    describe("check", () => {
        const failures = async (type: string, news: Properties) => (await rig.check(type, news)).failures;

        it("refuses unknown fields, each at its path", async () => {
            const news = deploymentInputs("bad", {
                spec: { replica: 2 },
                pod: { spec: { containers: [{ name: "a", image: "b", imag: "c" }] } },
            });
            const found = await failures(deployment, news);
            assert.deepEqual(found.map(({ property }) => property).sort(), [
                "spec.replica",
                "spec.template.spec.containers[0].imag",
            ]);
            assert.match(found[0]?.reason ?? "", /unknown field; Deployment of apps\/v1 has none of this name/);
        });

        it("refuses values of the wrong type and values that Kubernetes does not accept", async () => {
            assert.deepEqual(await failures(deployment, deploymentInputs("bad", { spec: { replicas: "three" } })), [
                { property: "spec.replicas", reason: "is of type string, must be int32" },
            ]);
            const found = await failures(
                deployment,
                deploymentInputs("bad", { spec: { selector: { matchLabels: { other: "1" } } } }),
            );
            assert.deepEqual(
                found.map(({ property }) => property),
                ["spec.template.metadata.labels"],
            );
        });

        it("says nothing while a value is unknown or the namespace is still to be made", async () => {
            assert.deepEqual(
                await failures(deployment, deploymentInputs("bad", { spec: { replicas: Unknown.value, replica: 1 } })),
                [],
            );
            assert.deepEqual(await failures(configMap, { metadata: { name: "x", namespace: "later" } }), []);
        });

        it("does not call a replacement wrong", async () => {
            const made = await rig.create(deployment, waitless("check-replaced"));
            const selector = { selector: { matchLabels: { app: "other" } } };
            const news = waitless("check-replaced", {
                spec: selector,
                pod: { metadata: { labels: { app: "other" } } },
            });
            assert.deepEqual((await rig.check(deployment, news, made)).failures, []);
        });

        it("passes warnings of the API server on, once", async () => {
            const news = deploymentInputs("warned", {
                pod: {
                    spec: {
                        containers: [
                            {
                                name: "a",
                                image: "b",
                                env: [
                                    { name: "X", value: "1" },
                                    { name: "X", value: "2" },
                                ],
                            },
                        ],
                    },
                },
            });
            await rig.check(deployment, news);
            await rig.check(deployment, news);
            const warnings = rig.logs.filter(
                ({ severity, message }) => severity === "warning" && message.includes("hides previous definition"),
            );
            assert.equal(warnings.length, 1);
        });
    });

    describe("preview", () => {
        it("shows the defaults that the API server would fill in, and not what only the real object has", async () => {
            const outputs = await rig.preview(deployment, deploymentInputs("seen"));
            const { revisionHistoryLimit } = outputs["spec"] as Properties;
            assert.equal(revisionHistoryLimit, 10);
            assert.equal((outputs["metadata"] as Properties)["uid"], Unknown.value);
            assert.equal(await plane.client.find("/apis/apps/v1/namespaces/default/deployments/seen"), undefined);
            const address = await rig.preview(service, { metadata: { name: "seen" }, spec: { ports: [{ port: 80 }] } });
            assert.equal((address["spec"] as Properties)["clusterIP"], Unknown.value);
        });

        it("asks even with unknown values, leaving them out, and gives them back as unknown", async () => {
            const outputs = await rig.preview(configMap, {
                metadata: { name: "seen" },
                data: { known: "1", later: Unknown.value },
            });
            assert.deepEqual(outputs["data"], { known: "1", later: Unknown.value });
            assert.equal((outputs["metadata"] as Properties)["namespace"], "default");
            const needed = await rig.preview(
                deployment,
                deploymentInputs("seen", { spec: { selector: Unknown.value } }),
            );
            assert.equal((needed["spec"] as Properties)["selector"], Unknown.value);
        });

        it("gives the inputs back while namespace or definition are still to be made", async () => {
            const later = await rig.preview(configMap, {
                metadata: { name: "x", namespace: "later" },
                data: { a: "1" },
            });
            assert.deepEqual(later["data"], { a: "1" });
            const custom = await rig.preview("kubernetes:example.com/v1:Gizmo", {
                metadata: { name: "x" },
                spec: { size: 1 },
            });
            assert.deepEqual(custom["spec"], { size: 1 });
        });

        it("warns of an object that is there already and not of this program", async () => {
            await plane.client.request("POST", "/api/v1/namespaces/default/configmaps", {
                body: { metadata: { name: "foreign" } },
            });
            await rig.preview(configMap, { metadata: { name: "foreign" } });
            assert.match(rig.logs.at(-1)?.message ?? "", /ConfigMap "default\/foreign": exists already/);
        });
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

describe("Kubernetes objects when the cluster is away", function () {
    this.timeout(20_000);
    const settings = (port: number): Properties => ({
        kubeconfig: JSON.stringify({
            "current-context": "a",
            contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
            clusters: [{ name: "a", cluster: { server: `https://127.0.0.1:${port}` } }],
            users: [{ name: "a", user: { token: "t" } }],
        }),
    });
    let closed: Rig;
    before(async () => (closed = await Rig.start(settings(await closedPort()))));

    it("are previewed as written, with one warning for all of them", async () => {
        for (const name of ["a", "b"]) {
            const outputs = await closed.preview(configMap, { metadata: { name }, data: { x: "1" } });
            assert.deepEqual(outputs["data"], { x: "1" });
        }
        const warnings = closed.logs.filter(({ severity }) => severity === "warning");
        assert.equal(warnings.length, 1);
        assert.match(warnings[0]?.message ?? "", /API server at https:\/\/127\.0\.0\.1:\d+ does not answer/);
    });

    it("are neither made nor changed nor read, each with one clear error", async () => {
        const made = { type: configMap, urn: "u", id: "default/a", inputs: { metadata: { name: "a" } }, outputs: {} };
        await assert.rejects(
            closed.create(configMap, { metadata: { name: "a" } }),
            /not created: the Kubernetes API server at .* does not answer/,
        );
        await assert.rejects(closed.update(made, { metadata: { name: "a" } }), /not updated: /);
        await assert.rejects(closed.read(made), /not read: .*PULUMI_K8S_DELETE_UNREACHABLE=true/);
        await assert.rejects(closed.delete(made), /not deleted: .*PULUMI_K8S_DELETE_UNREACHABLE=true/);
    });

    it("are dropped from the state, or kept as they are, when the settings say so", async () => {
        const made = {
            type: configMap,
            urn: "u",
            id: "default/a",
            inputs: { metadata: { name: "a" } },
            outputs: { kept: true },
        };
        const port = await closedPort();
        const dropping = await Rig.start({ ...settings(port), deleteUnreachable: "true" });
        assert.equal(await dropping.read(made), undefined);
        await dropping.delete(made);
        const keeping = await Rig.start({ ...settings(port), skipUpdateUnreachable: "true" });
        assert.deepEqual((await keeping.read(made))?.outputs, { kept: true });
        assert.deepEqual(
            (await keeping.check(configMap, { metadata: { name: "a" }, data: { new: "1" } }, made)).inputs,
            made.inputs,
        );
    });
});

/** A port that was free a moment ago. */
function closedPort(): Promise<number> {
    return new Promise((done) => {
        const server = createServer();
        server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            server.close(() => done(typeof address === "object" && address ? address.port : 1));
        });
    });
}
