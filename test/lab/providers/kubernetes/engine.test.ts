import assert from "node:assert/strict";
import type { KubeObject } from "../../../../lab/kube/client";
import { providerWithCharts } from "../../../../lab/providers/kubernetes";
import { type ControlPlane, startControlPlane } from "../../../support/control-plane";
import { type Engine, type Run, startEngine } from "../../../support/engine";
import { eventually } from "../../../support/eventually";

const header = (settings = "") => `
    const k8s = require("@pulumi/kubernetes");
    const pulumi = require("@pulumi/pulumi");
    const kubeconfig = process.env.TEST_KUBECONFIG;
    const provider = new k8s.Provider("cluster", { kubeconfig, clusterIdentifier: "test"${settings} });
    const o = { provider };`;

const house = (settings = "", replicas = 1, setting = "1") => `${header(settings)}
    const namespace = new k8s.core.v1.Namespace("app", { metadata: { name: "app" } }, o);
    const inApp = namespace.metadata.name;
    const config = new k8s.core.v1.ConfigMap("config", { metadata: { namespace: inApp }, data: { setting: "${setting}" } }, o);
    new k8s.core.v1.Secret("key", { metadata: { name: "key", namespace: inApp }, stringData: { password: "a-well-kept-word" } }, o);
    const service = new k8s.core.v1.Service("web", { metadata: { name: "web", namespace: inApp }, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } }, o);
    new k8s.apps.v1.Deployment("web", {
        metadata: { name: "web", namespace: inApp, annotations: { "pulumi.com/skipAwait": "true" } },
        spec: {
            replicas: ${replicas},
            selector: { matchLabels: { app: "web" } },
            template: {
                metadata: { labels: { app: "web" } },
                spec: { containers: [{ name: "main", image: "example/main:1", env: [
                    { name: "CONFIG", value: config.metadata.name },
                    { name: "SELF", value: service.spec.clusterIP },
                ] }] },
            },
        },
    }, o);
    exports.address = service.spec.clusterIP;
    exports.config = config.metadata.name;`;

interface Job extends KubeObject {
    spec: { template: { spec: { containers: { image: string }[] } } };
}

/** Steps as text, those that change nothing left out. */
function changes(run: Run): string[] {
    assert.equal(run.code, 0, run.output);
    return run.steps
        .filter(({ op }) => op !== "same")
        .map(({ op, name, type, diff }) => [op, `${type.split(":")[2]}/${name}`, ...Object.keys(diff)].join(" "))
        .sort();
}

describe("the Kubernetes plugin under a real engine", function () {
    this.timeout(120_000);
    let plane: ControlPlane;
    let engine: Engine;
    before(async () => {
        plane = await startControlPlane(["kube-controller-manager"]);
        const plugin = { npmPackage: "@pulumi/kubernetes", factory: providerWithCharts([]) };
        engine = await startEngine({ plugins: { kubernetes: plugin }, env: { TEST_KUBECONFIG: plane.kubeconfig } });
    });
    after(async () => {
        await plane.stop();
        await engine.close();
    });

    const merge = (path: string, body: unknown) =>
        plane.client.request("PATCH", path, {
            body,
            contentType: "application/merge-patch+json",
            query: { fieldManager: "kubectl-edit" },
        });
    const web = "/apis/apps/v1/namespaces/app/deployments/web";

    it("previews a house of which nothing is there, with addresses that are not known yet", async () => {
        await engine.program(house());
        const created = ["ConfigMap/config", "Deployment/web", "Namespace/app", "Secret/key", "Service/web"];
        assert.deepEqual(
            changes(await engine.preview()),
            created.map((name) => `create ${name}`),
        );
    });

    it("makes it, and then has nothing more to do", async () => {
        assert.equal(changes(await engine.up()).length, 5);
        assert.deepEqual(changes(await engine.up()), []);
        const { address, config } = await engine.outputs();
        assert.match(String(address), /^10\.43\./);
        assert.match(String(config), /^config-[0-9a-f]{8}$/);
    });

    it("keeps a Secret's texts out of the state, whichever way they are written", async () => {
        const state = await engine.stateText();
        assert.ok(!state.includes("a-well-kept-word"));
        assert.ok(!state.includes(Buffer.from("a-well-kept-word").toString("base64")));
    });

    it("refreshes nothing when nothing was touched, and exactly what was", async () => {
        assert.deepEqual(changes(await engine.refresh()), []);
        await merge(web, { spec: { replicas: 4 }, metadata: { labels: { theirs: "1" } } });
        await plane.client.request("DELETE", "/api/v1/namespaces/app/services/web");
        assert.deepEqual(changes(await engine.refresh()), [
            "delete Service/web",
            "update Deployment/web spec.replicas",
        ]);
    });

    it("stops at a field that somebody else took, and takes it back when told to", async () => {
        const refused = await engine.up();
        assert.notEqual(refused.code, 0);
        assert.match(refused.errors.join("\n"), /Deployment "app\/web": \.spec\.replicas is managed by "kubectl-edit"/);
        await engine.program(house(", enablePatchForce: true"));
        await engine.up();
        assert.equal(((await plane.client.get(web))["spec"] as { replicas: number }).replicas, 1);
        assert.deepEqual(changes(await engine.preview()), []);
    });

    it("replaces an autonamed ConfigMap before the old one goes, and rolls what uses it", async () => {
        await engine.program(house("", 1, "2"));
        const run = await engine.up();
        const ops = run.steps.filter(({ name }) => name === "config").map(({ op }) => op);
        assert.deepEqual(ops, ["create-replacement", "replace", "delete-replaced"]);
        assert.ok(changes(run).includes("update Deployment/web spec.template.spec.containers[0].env[0].value"));
    });

    it("deletes an object first whose name the program gave", async () => {
        const fixed = (value: string) => `${header()}
            new k8s.core.v1.ConfigMap("fixed", { metadata: { name: "fixed" }, data: { a: "${value}" } }, o);`;
        await engine.program(fixed("1"));
        await engine.up();
        await engine.program(fixed("2"));
        const ops = (await engine.up()).steps.filter(({ name }) => name === "fixed").map(({ op }) => op);
        assert.deepEqual(ops, ["delete-replaced", "replace", "create-replacement"]);
        assert.deepEqual((await plane.client.get("/api/v1/namespaces/default/configmaps/fixed"))["data"], { a: "2" });
    });

    it("keeps what it was waiting for when it is interrupted", async () => {
        await engine.program(`${header()}
            new k8s.core.v1.Pod("slow", { metadata: { name: "slow" }, spec: { containers: [{ name: "a", image: "b" }] } }, o);`);
        const started = engine.starting("up");
        await eventually("the pod is there", () => plane.client.find("/api/v1/namespaces/default/pods/slow"));
        started.interrupt();
        assert.notEqual((await started.run).code, 0);
        const pod = (await engine.resources()).find(({ type }) => type.endsWith(":Pod"));
        assert.equal(pod?.id, "default/slow");
        assert.match(pod.initErrors?.join("\n") ?? "", /was not ready when the update was cancelled/);
    });

    it("records an object that is not ready, says why, and tries again", async () => {
        const stuck = `${header()}
            new k8s.core.v1.Pod("stuck", { metadata: { name: "stuck" }, spec: { containers: [{ name: "a", image: "b" }] } }, { ...o, customTimeouts: { create: "1s", update: "1s" } });`;
        await engine.program(stuck);
        await engine.up();
        const { initErrors } = (await engine.resources()).find(({ type }) => type.endsWith(":Pod")) ?? {};
        assert.match(initErrors?.join("\n") ?? "", /Pod "default\/stuck" was not ready after 1 s/);
        const again = await engine.up();
        assert.notEqual(again.code, 0);
        assert.match(again.errors.join("\n"), /its phase is Pending/);
    });

    it("refuses what the API server would refuse, before anything is changed", async () => {
        await engine.program(`${header()}
            new k8s.core.v1.ConfigMap("good", { metadata: { name: "good" } }, o);
            new k8s.core.v1.Service("bad", { metadata: { name: "bad" }, spec: { ports: [{ port: 80, targetport: 81 }] } }, o);`);
        const run = await engine.preview();
        assert.notEqual(run.code, 0);
        assert.match(run.errors.join("\n"), /spec\.ports\[0\]\.targetport.*unknown field|unknown field.*targetport/s);
    });

    it("imports an object that is there", async () => {
        await engine.reset();
        await plane.client.request("POST", "/api/v1/namespaces/default/configmaps", {
            body: { metadata: { name: "found" }, data: { a: "1" } },
        });
        await engine.program(`${header()}
            new k8s.core.v1.ConfigMap("found", { metadata: { name: "found", namespace: "default" }, data: { a: "1" } }, { ...o, import: "default/found" });`);
        assert.deepEqual(changes(await engine.up()), ["import ConfigMap/found"]);
        assert.deepEqual(changes(await engine.up()), []);
    });

    it("fails at once, object by object, when the cluster is away", async () => {
        await engine.reset();
        await engine.program(`
            const k8s = require("@pulumi/kubernetes");
            const kubeconfig = process.env.TEST_KUBECONFIG.replace(/127\\.77[\\d.]+:\\d+/, "127.77.0.1:1");
            const provider = new k8s.Provider("away", { kubeconfig });
            for (const name of ["a", "b"]) new k8s.core.v1.ConfigMap(name, { metadata: { name } }, { provider });`);
        const preview = await engine.preview();
        assert.equal(preview.code, 0, preview.output);
        const isWarning = ({ severity, message }: { severity: string; message: string }) =>
            severity === "warning" && message.includes("does not answer");
        assert.equal(preview.messages.filter(isWarning).length, 1);
        const run = await engine.up("--continue-on-error");
        const errors = run.errors.filter((message) =>
            message.includes("not created: the Kubernetes API server at https://127.77.0.1:1 does not answer"),
        );
        assert.equal(errors.length, 2, run.output);
    });

    it("previews with a kubeconfig that is not known yet, without touching the cluster", async () => {
        await engine.reset();
        await engine.program(`${header()}
            const made = new k8s.core.v1.ConfigMap("source", { metadata: { name: "source" } }, o);
            const later = new k8s.Provider("later", { kubeconfig: made.metadata.uid.apply(() => kubeconfig), clusterIdentifier: "later" });
            new k8s.core.v1.ConfigMap("inside", { metadata: { name: "inside" }, data: { a: "1" } }, { provider: later });`);
        assert.deepEqual(changes(await engine.preview()), ["create ConfigMap/inside", "create ConfigMap/source"]);
        assert.deepEqual(changes(await engine.up()), ["create ConfigMap/inside", "create ConfigMap/source"]);
    });

    it("destroys everything", async () => {
        assert.deepEqual(changes(await engine.destroy()), ["delete ConfigMap/inside", "delete ConfigMap/source"]);
        assert.equal(await plane.client.find("/api/v1/namespaces/default/configmaps/inside"), undefined);
    });

    describe("a Job that asks to be replaced while it has not ended well", () => {
        const job = (from: string, seconds: number, annotated = "true") => `${header()}
            new k8s.batch.v1.Job("once", {
                metadata: { name: "once", annotations: { "pulumi.com/replaceUnready": "${annotated}" } },
                spec: {
                    backoffLimit: 0,
                    activeDeadlineSeconds: ${seconds},
                    template: { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "${from}" }] } },
                },
            }, { ...o, ignoreChanges: ["spec"] });`;
        const ops = ({ steps }: Run) => steps.filter(({ name }) => name === "once").map(({ op }) => op);
        const image = async () => {
            const live = await plane.client.get<Job>("/apis/batch/v1/namespaces/default/jobs/once");
            return live.spec.template.spec.containers[0]?.image;
        };
        /** There is no kubelet: its pod ends as somebody says. */
        const succeed = async () => {
            const pod = await eventually("there is a pod", async () => {
                const query = { labelSelector: "job-name=once" };
                const { items } = await plane.client.get<{ items: KubeObject[] }>("/api/v1/namespaces/default/pods", {
                    query,
                });
                return items.find(({ metadata }) => metadata.deletionTimestamp === undefined)?.metadata.name;
            });
            await plane.client.request("PATCH", `/api/v1/namespaces/default/pods/${pod}/status`, {
                body: { status: { phase: "Succeeded" } },
                contentType: "application/merge-patch+json",
            });
        };

        it("stays as it is without the annotation, and fails again", async () => {
            await engine.program(job("example/main:1", 1, "false"));
            assert.notEqual((await engine.up()).code, 0);
            const again = await engine.up();
            assert.notEqual(again.code, 0);
            assert.deepEqual(ops(again), ["update"]);
        });

        it("is made anew, first in a preview, also where the program ignores what changes in it", async () => {
            await engine.program(job("example/main:2", 60));
            const preview = await engine.preview();
            assert.ok(ops(preview).includes("replace"), preview.output);
            const started = engine.starting("up");
            await eventually("the new one is there", async () => (await image()) === "example/main:2");
            await succeed();
            const run = await started.run;
            assert.equal(run.code, 0, run.output);
            assert.deepEqual(ops(run), ["delete-replaced", "replace", "create-replacement"]);
        });

        it("is left alone when it has ended well", async () => {
            await engine.program(job("example/main:3", 60));
            assert.deepEqual(changes(await engine.up()), []);
            assert.equal(await image(), "example/main:2");
        });

        it("is not judged while the cluster is away", async () => {
            const away = `kubeconfig: kubeconfig.replace(/127\\.77[\\d.]+:\\d+/, "127.77.0.1:1"),`;
            await engine.program(job("example/main:3", 60).replace("kubeconfig,", away));
            const preview = await engine.preview();
            assert.equal(preview.code, 0, preview.output);
            assert.deepEqual(ops(preview), ["same"]);
        });
    });
});
