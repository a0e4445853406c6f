import assert from "node:assert/strict";
import { stringify } from "yaml";
import { traefikSettings } from "../../../../infra/k3s/traefik-settings";
import { installPackaged, type Packaged } from "../../../../lab/cluster/packaged";
import type { KubeObject } from "../../../../lab/kube/client";
import { startControlPlane, type ControlPlane } from "../../../support/control-plane";
import { eventually } from "../../../support/eventually";
import { testTool } from "../../../support/tools";
import { serverConfig } from "./config";

interface Deployment extends KubeObject {
    spec: {
        replicas: number;
        strategy: { rollingUpdate?: { maxSurge: number } };
        template: { spec: { containers: { args: string[] }[]; affinity?: { podAntiAffinity?: unknown } } };
    };
}

const SYSTEM = "/api/v1/namespaces/kube-system";
const TRAEFIK = "/apis/apps/v1/namespaces/kube-system/deployments/traefik";
const BUDGET = "/apis/policy/v1/namespaces/kube-system/poddisruptionbudgets/traefik";
const SETTINGS = "/apis/helm.cattle.io/v1/namespaces/kube-system/helmchartconfigs/traefik";
const METRICS_API = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io";
const NAMED = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { name } });

describe("what k3s brings along", function () {
    this.timeout(120_000);
    let plane: ControlPlane;
    let packaged: Packaged;
    const lines: string[] = [];
    let stopped = new AbortController();
    /** As after a restart of the lab's daemon. */
    const install = (bodies: "simulated" | "real", disable = ["local-storage"]) => {
        stopped.abort();
        stopped = new AbortController();
        const manifests = {
            "broken.yaml": "kind: [",
            "Not_A_Name.yaml": stringify(NAMED("never")),
            "later.yaml": stringify({ apiVersion: "lab.test/v1", kind: "Later", metadata: { name: "one" } }),
            "left-out.yaml": stringify(NAMED("left-out")),
            "left-out.yaml.skip": "",
            "two.yaml": `${stringify(NAMED("first"))}---\n${stringify(NAMED("second"))}`,
            "traefik-settings.yaml": traefikSettings({ replicas: 2 }),
        };
        return installPackaged({
            ...{ client: plane.client, config: serverConfig({ disable }, manifests), bodies },
            ...{ traefikCrds: testTool("traefik-crds"), signal: stopped.signal, log: (line) => lines.push(line) },
        });
    };
    const traefik = (what: string, is: (now: Deployment) => boolean) =>
        eventually(`Traefik has ${what}`, async () => {
            const now = await plane.client.find<Deployment>(TRAEFIK);
            return now && is(now) ? now : undefined;
        });
    const argumentsOf = (now: Deployment) => now.spec.template.spec.containers[0]?.args ?? [];

    before(async () => {
        plane = await startControlPlane();
        packaged = await install("simulated");
    });
    after(async () => {
        stopped.abort();
        await plane.stop();
    });

    it("Traefik comes with what the program's manifest on the server's disk says of it", async () => {
        const now = await traefik("two replicas", ({ spec }) => spec.replicas === 2);
        assert.ok(argumentsOf(now).includes("--providers.providersthrottleduration=100ms"));
        assert.ok(now.spec.template.spec.affinity?.podAntiAffinity);
        assert.equal(now.spec.strategy.rollingUpdate?.maxSurge, 0);
        assert.equal(now.metadata.generation, 1, "it was not rolled out with other values before");
        await eventually("its disruption budget is there", () => plane.client.find(BUDGET));
    });

    it("who installs it again rolls nothing out", async () => {
        packaged = await install("simulated");
        await eventually("the manifests were read again", () => lines.filter((one) => /broken/.test(one)).length > 1);
        const now = await traefik("two replicas", ({ spec }) => spec.replicas === 2);
        assert.equal(now.metadata.generation, 1);
    });

    it("a manifest of two documents is applied, one with a .skip beside it is not", async () => {
        const path = "/api/v1/namespaces/default/configmaps";
        await eventually("it is there", () => plane.client.find(`${path}/second`));
        const second = await plane.client.get(`${path}/second`);
        assert.ok(JSON.stringify(second.metadata.managedFields).includes("deploy@k3s"));
        assert.ok(await plane.client.find(`${path}/first`));
        assert.equal(await plane.client.find(`${path}/left-out`), undefined);
        assert.equal(await plane.client.find(`${path}/never`), undefined);
    });

    it("a manifest that is no YAML, and one with a wrong name, are named in the log", () => {
        assert.ok(lines.some((one) => /^k3s: manifest broken\.yaml: yaml: .*; nothing of it is applied$/.test(one)));
        assert.ok(lines.some((one) => /^k3s: manifest Not_A_Name\.yaml: not applied; names are/.test(one)));
    });

    it("an object whose definition comes later is applied then", async () => {
        assert.ok(lines.some((one) => /^k3s: manifest later\.yaml: Later one: no matches for kind "Later"/.test(one)));
        const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
        const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        await plane.client.request("POST", crds, {
            body: {
                ...{ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" },
                metadata: { name: "laters.lab.test" },
                spec: {
                    ...{ group: "lab.test", scope: "Cluster" },
                    names: { kind: "Later", plural: "laters", singular: "later" },
                    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: open } }],
                },
            },
        });
        await eventually("it is there", () => plane.client.find("/apis/lab.test/v1/laters/one"));
        await eventually("that is said", () => lines.some((one) => /later\.yaml: applied after all/.test(one)));
    });

    it("a change of the HelmChartConfig changes Traefik, and what is unknown is named in the log", async () => {
        const spec = { valuesContent: stringify({ deployment: { replicas: 3 }, hostNetwork: true }) };
        await plane.client.request("PATCH", SETTINGS, {
            ...{ body: { spec }, contentType: "application/merge-patch+json" },
        });
        const now = await traefik("three replicas", (one) => one.spec.replicas === 3);
        assert.ok(!argumentsOf(now).some((one) => one.includes("throttle")));
        assert.equal(now.spec.template.spec.affinity, undefined);
        await eventually("its disruption budget is gone", async () => !(await plane.client.find(BUDGET)));
        assert.deepEqual(
            lines.filter((one) => one.includes("hostNetwork")),
            ["k3s: HelmChartConfig traefik: hostNetwork is ignored: the lab's Traefik does not know it"],
        );
    });

    it("values that cannot be read change nothing", async () => {
        const body = { spec: { valuesContent: "deployment: {" } };
        await plane.client.request("PATCH", SETTINGS, { body, contentType: "application/merge-patch+json" });
        await eventually("that is said", () => lines.some((one) => /HelmChartConfig traefik: spec\.values/.test(one)));
        assert.equal((await plane.client.get<Deployment>(TRAEFIK)).spec.replicas, 3);
    });

    it("without a HelmChartConfig Traefik has the chart's defaults", async () => {
        await plane.client.request("DELETE", SETTINGS);
        await traefik("one replica", ({ spec }) => spec.replicas === 1);
    });

    it("a server that boots with another manifest has it applied", async () => {
        await packaged.deploy({ "traefik-settings.yaml": traefikSettings({ replicas: 2 }) });
        await traefik("two replicas again", ({ spec }) => spec.replicas === 2);
    });

    it("the Service is one for a load balancer, and the class is the default one", async () => {
        // The Deployment, which was waited for, is applied before it.
        await eventually("the doors are those of the values", async () => {
            const { spec } = await plane.client.get<KubeObject & { spec: { type: string; ports: { port: number }[] } }>(
                `${SYSTEM}/services/traefik`,
            );
            assert.equal(spec.type, "LoadBalancer");
            const ports = spec.ports.map(({ port }) => port);
            assert.deepEqual(ports, [80, 443, 4443]);
            return true;
        });
        const found = await plane.client.get("/apis/networking.k8s.io/v1/ingressclasses/traefik");
        assert.equal(found.metadata.annotations?.["ingressclass.kubernetes.io/is-default-class"], "true");
    });

    it("the metrics API is there only where metrics-server runs: with simulated machines it would break discovery", async () => {
        assert.equal(await plane.client.find(METRICS_API), undefined);
        await install("real");
        assert.ok(await plane.client.find(METRICS_API));
        await install("simulated");
        assert.equal(await plane.client.find(METRICS_API), undefined);
    });

    it("what the configuration disables is not there", async () => {
        const path = "/apis/apps/v1/namespaces/kube-system/deployments";
        assert.equal(await plane.client.find(`${path}/local-path-provisioner`), undefined);
        assert.ok(await plane.client.find(`${path}/metrics-server`));
    });

    it("the default class and its provisioner are there where the configuration does not disable local-storage", async () => {
        await install("simulated", []);
        assert.ok(await plane.client.find("/apis/apps/v1/namespaces/kube-system/deployments/local-path-provisioner"));
        const found = await plane.client.get<KubeObject & { readonly provisioner?: string }>(
            "/apis/storage.k8s.io/v1/storageclasses/local-path",
        );
        assert.equal(found.provisioner, "rancher.io/local-path");
        assert.equal(found.metadata.annotations?.["storageclass.kubernetes.io/is-default-class"], "true");
        await install("simulated");
    });

    it("nodes' names follow their addresses, and a heartbeat asks nothing", async () => {
        const nodes = "/api/v1/nodes";
        const node = (name: string, address: string) => ({
            ...{ apiVersion: "v1", kind: "Node", metadata: { name } },
            status: { addresses: [{ type: "InternalIP", address }, { type: "Hostname", address: name }] }, // prettier-ignore
        });
        for (const one of [node("b", "192.0.2.2"), node("a", "192.0.2.1")]) {
            const { name } = one.metadata;
            await plane.client.request("POST", nodes, { body: one });
            const contentType = "application/merge-patch+json";
            await plane.client.request("PATCH", `${nodes}/${name}/status`, {
                body: { status: one.status },
                contentType,
            });
        }
        await packaged.nodeChanged(await plane.client.get(`${nodes}/a`));
        const hosts = async () => {
            const found = await plane.client.get<KubeObject & { data: Record<string, string> }>(
                `${SYSTEM}/configmaps/coredns`,
            );
            assert.ok(found.data["Corefile"]);
            return found.data["NodeHosts"];
        };
        assert.equal(await hosts(), "192.0.2.1 a\n192.0.2.2 b\n");
        const before = await plane.client.get(`${nodes}/a`);
        await plane.client.request("DELETE", `${nodes}/b`);
        await packaged.nodeChanged(before);
        assert.equal(await hosts(), "192.0.2.1 a\n192.0.2.2 b\n", "a change of nothing is not looked at");
        await packaged.nodeChanged(node("b", "192.0.2.2"));
        assert.equal(await hosts(), "192.0.2.1 a\n");
        packaged = await install("simulated");
        assert.equal(await hosts(), "192.0.2.1 a\n", "who installs it again does not take the names away");
    });
});
