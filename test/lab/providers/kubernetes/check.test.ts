import assert from "node:assert/strict";
import { type Properties, Unknown } from "../../../../lab/providers/kit/provider";
import { type ControlPlane, startControlPlane } from "../../../support/control-plane";
import { configMap, deployment, deploymentInputs, Rig, service, waitless } from "./rig";

describe("Kubernetes objects before they are made", function () {
    this.timeout(60_000);
    let plane: ControlPlane;
    let rig: Rig;
    before(async () => {
        plane = await startControlPlane();
        rig = await Rig.start({ kubeconfig: plane.kubeconfig });
    });
    after(async () => {
        await plane.stop();
        await rig.close();
    });

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
});
