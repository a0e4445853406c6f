import assert from "node:assert/strict";
import type { ChartStandIn } from "../../../../../lab/charts/chart";
import type { KubeObject } from "../../../../../lab/kube/client";
import { InitializationError, type Properties, Unknown } from "../../../../../lab/providers/kit/provider";
import { type ControlPlane, startControlPlane } from "../../../../support/control-plane";
import { Rig } from "../rig";

const releases = "kubernetes:helm.sh/v3:Release";

const definition: KubeObject = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "volumes.example.com" },
    spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { plural: "volumes", singular: "volume", kind: "Volume", listKind: "VolumeList" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
};

/** A chart whose `values.objects` are the names of its ConfigMaps and whose `values.stuck` is a pod that never runs. */
const chart = (version: string): ChartStandIn => ({
    chart: "store",
    version,
    appVersion: "9.9",
    render: ({ name, values }) => {
        const { objects = [], stuck, ...others } = values as { objects?: string[]; stuck?: string };
        const [unknown] = Object.keys(others);
        if (unknown) throw new Error(`${unknown}: is no value of this chart`);
        const map = (name: string): KubeObject => ({
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name },
            data: { version },
        });
        const volume: KubeObject = { apiVersion: "example.com/v1", kind: "Volume", metadata: { name } };
        const pod: KubeObject = {
            apiVersion: "v1",
            kind: "Pod",
            metadata: { name: stuck ?? "" },
            spec: { containers: [{ name: "a", image: "b" }] },
        };
        return { crds: [definition], objects: [volume, ...objects.map(map), ...(stuck ? [pod] : [])] };
    },
});

describe("Helm releases over stand-in charts", function () {
    this.timeout(60_000);
    let plane: ControlPlane;
    let rig: Rig;
    before(async () => {
        plane = await startControlPlane(["kube-controller-manager"]);
        rig = await Rig.start({ kubeconfig: plane.kubeconfig }, [chart("1.0.0"), chart("1.1.0")]);
    });
    after(async () => {
        await plane.stop();
        await rig.close();
    });

    const inputs = (name: string, more: Properties = {}): Properties => ({
        name,
        chart: "store",
        version: "1.0.0",
        namespace: "default",
        repositoryOpts: { repo: "https://charts.example.com" },
        ...more,
    });
    const map = (name: string, namespace = "default") =>
        plane.client.find(`/api/v1/namespaces/${namespace}/configmaps/${name}`);
    const status = (outputs: Properties) => outputs["status"] as Properties;

    it("install definitions, then objects, into a namespace that is made when asked for", async () => {
        const made = await rig.create(
            releases,
            inputs("fresh", { namespace: "storage", createNamespace: true, values: { objects: ["fresh-a"] } }),
        );
        assert.equal(made.id, "storage/fresh");
        assert.deepEqual(status(made.outputs), {
            name: "fresh",
            namespace: "storage",
            revision: 1,
            status: "deployed",
            chart: "store",
            version: "1.0.0",
            appVersion: "9.9",
        });
        const live = await map("fresh-a", "storage");
        assert.equal(live?.metadata.annotations?.["meta.helm.sh/release-name"], "fresh");
        assert.equal(live.metadata.labels?.["app.kubernetes.io/managed-by"], "Helm");
        await rig.delete(made);
        assert.equal(await map("fresh-a", "storage"), undefined);
        assert.equal(await rig.read(made), undefined);
        assert.ok(
            await plane.client.find("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/volumes.example.com"),
        );
    });

    it("upgrade in place, drop what is no longer rendered, and count revisions", async () => {
        const made = await rig.create(releases, inputs("growing", { values: { objects: ["growing-a", "growing-b"] } }));
        const news = inputs("growing", { version: "1.1.0", values: { objects: ["growing-b", "growing-c"] } });
        assert.deepEqual((await rig.diff(made, news)).kinds, {
            version: "update",
            "values.objects[0]": "update",
            "values.objects[1]": "update",
        });
        const updated = await rig.update(made, news);
        assert.deepEqual([status(updated.outputs)["revision"], status(updated.outputs)["version"]], [2, "1.1.0"]);
        assert.equal(await map("growing-a"), undefined);
        assert.deepEqual((await map("growing-b"))?.["data"], { version: "1.1.0" });
        assert.ok(await map("growing-c"));
        assert.deepEqual((await rig.read(updated))?.inputs, updated.inputs);
        await rig.delete(updated);
    });

    it("are replaced for another name or namespace", async () => {
        const made = await rig.create(releases, inputs("named"));
        assert.deepEqual((await rig.diff(made, inputs("other"))).kinds, { name: "update-replace" });
        assert.deepEqual((await rig.diff(made, inputs("named", { namespace: "kube-system" }))).kinds, {
            namespace: "update-replace",
        });
        await rig.delete(made);
    });

    it("keep a record that Helm can read, and see when it is gone or tells of other values", async () => {
        const made = await rig.create(releases, inputs("recorded", { values: { objects: ["recorded-a"] } }));
        const path = "/api/v1/namespaces/default/secrets/sh.helm.release.v1.recorded.v1";
        const record = await plane.client.get(path);
        assert.equal(record["type"], "helm.sh/release.v1");
        assert.deepEqual(record.metadata.labels, { owner: "helm", name: "recorded", status: "deployed", version: "1" });
        const imported = await rig.read({ ...made, inputs: {}, outputs: {} });
        assert.deepEqual(imported?.inputs["values"], { objects: ["recorded-a"] });
        await plane.client.request("DELETE", path);
        assert.equal(await rig.read(made), undefined);
    });

    it("refuse a name that is in use, and objects of others", async () => {
        const made = await rig.create(releases, inputs("first", { values: { objects: ["shared"] } }));
        await assert.rejects(rig.create(releases, inputs("first")), /release default\/first: the name is in use/);
        await assert.rejects(
            rig.create(releases, inputs("second", { atomic: true, values: { objects: ["shared"] } })),
            (error: Error) => {
                assert.match(
                    error.message,
                    /release second: ConfigMap "default\/shared" \(its annotation .* is "first"\) exists already/,
                );
                return true;
            },
        );
        assert.ok(await map("shared"), "what belongs to another release must survive the roll back");
        await rig.delete(made);
    });

    it("say what does not become ready, and are repaired by the next update", async () => {
        const waiting = inputs("stuck", { timeout: 1, values: { stuck: "stuck-pod" } });
        const checked = (await rig.check(releases, waiting)).inputs;
        const error = await rig.create(releases, waiting).then(
            () => assert.fail("it became ready"),
            (reason: unknown) => reason,
        );
        assert.ok(error instanceof InitializationError);
        assert.match(
            error.reasons.join("\n"),
            /1 of 2 objects of the release are not ready\nPod "default\/stuck-pod" was not ready after/,
        );
        assert.equal(status(error.outputs)["status"], "failed");
        const made = { type: releases, urn: "u", id: error.id, inputs: checked, outputs: error.outputs };
        const repaired = await rig.update(made, inputs("stuck"));
        assert.equal(status(repaired.outputs)["status"], "deployed");
        await rig.delete(repaired);
    });

    it("wait for nothing with skipAwait", async () => {
        const made = await rig.create(
            releases,
            inputs("patient", { skipAwait: true, values: { stuck: "patient-pod" } }),
        );
        await rig.delete(made);
    });

    it("leave nothing behind, or what was there before, when they are atomic and fail", async () => {
        const failing = { atomic: true, timeout: 1, values: { objects: ["atomic-b"], stuck: "atomic-pod" } };
        await assert.rejects(rig.create(releases, inputs("atomic", failing)), /uninstalled again \(atomic\)/);
        assert.equal(await map("atomic-b"), undefined);
        const made = await rig.create(releases, inputs("atomic", { values: { objects: ["atomic-a"] } }));
        await assert.rejects(rig.update(made, inputs("atomic", failing)), /rolled back to revision 1 \(atomic\)/);
        assert.ok(await map("atomic-a"));
        assert.equal(await map("atomic-b"), undefined);
        assert.deepEqual((await rig.read(made))?.inputs, made.inputs);
        await rig.delete(made);
    });

    it("are refused for charts, versions and values that nothing stands in for", async () => {
        const failures = async (more: Properties) => (await rig.check(releases, inputs("x", more))).failures;
        assert.deepEqual(await failures({ chart: "shop" }), [
            {
                property: "chart",
                reason: 'the lab does not stand in for "shop"; it knows store 1.0.0, store 1.1.0 (lab/charts/)',
            },
        ]);
        assert.match(
            (await failures({ version: "3.0.0" }))[0]?.reason ?? "",
            /version 3\.0\.0 of "store"; it knows store 1\.0\.0/,
        );
        assert.deepEqual(await failures({ values: { colour: "red" } }), [
            { property: "values", reason: "colour: is no value of this chart" },
        ]);
        assert.deepEqual(
            (await failures({ repositoryOpts: {} })).map(({ property }) => property),
            ["repositoryOpts.repo"],
        );
        assert.deepEqual(await failures({ chart: "oci://charts.example.com/path/store", repositoryOpts: {} }), []);
        assert.deepEqual(await failures({ values: Unknown.value }), []);
    });

    it("are previewed with what only an installed release has left open", async () => {
        const outputs = await rig.preview(releases, inputs("later"));
        assert.equal(outputs["status"], Unknown.value);
        assert.equal(outputs["chart"], "store");
    });
});
