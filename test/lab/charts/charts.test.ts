import assert from "node:assert/strict";
import { certManagerValues } from "../../../components/certificates";
import { amdGpuValues, intelGpuValues, nvidiaGpuValues } from "../../../components/gpu";
import { operatorValues, pluginValues } from "../../../components/data/cluster/operator";
import { metalLbValues } from "../../../components/network";
import { longhornValues, nfsValues } from "../../../components/storage";
import { charts as pins } from "../../../components/versions";
import { charts } from "../../../lab/charts";
import type { KubeObject } from "../../../lab/kube/client";
import { isRecord, valueAt } from "../../../lab/plain-values";
import type { BodyKind } from "../../../lab/settings";
import { ensureOperatorManifests } from "../../support/operator-manifests";

/** What the program really gives to each chart that it installs. */
const GIVEN: Record<string, Record<string, unknown>> = {
    "amd-gpu": { ...amdGpuValues("radeon-780m") },
    "cert-manager": { ...certManagerValues() },
    "cloudnative-pg": { ...operatorValues() },
    "csi-driver-nfs": { ...nfsValues() },
    "intel-device-plugins-gpu": { ...intelGpuValues("intel-uhd-630", 2) },
    "intel-device-plugins-operator": {},
    longhorn: { ...longhornValues({ replicas: 2, disposable: true }) },
    metallb: { ...metalLbValues() },
    "nvidia-device-plugin": { ...nvidiaGpuValues("rtx-3060", 4) },
    "plugin-barman-cloud": { ...pluginValues() },
};

function render(chart: string, values: Record<string, unknown> = GIVEN[chart] ?? {}, bodies?: BodyKind) {
    const found = charts.find((one) => one.chart === chart);
    assert.ok(found, `the lab has no ${chart}`);
    return found.render({ name: chart, namespace: "system", values, ...(bodies && { bodies }) });
}

function podOf(objects: readonly KubeObject[], name: string): Record<string, unknown> {
    const object = objects.find(({ kind, metadata }) => metadata.name === name && /Set|Deployment/.test(kind ?? ""));
    assert.ok(object, `${name} is not there`);
    const spec = valueAt(object, "spec.template.spec");
    assert.ok(isRecord(spec));
    return spec;
}

function versionsOf(crd: KubeObject): readonly unknown[] {
    const versions = valueAt(crd, "spec.versions");
    return Array.isArray(versions) ? versions : [];
}

describe("the stand-ins for charts", () => {
    before(ensureOperatorManifests);

    for (const pin of Object.values(pins)) {
        it(`have ${pin.chart} in the version that the program pins`, () => {
            assert.equal(charts.find(({ chart }) => chart === pin.chart)?.version, pin.version);
        });

        it(`accept what the program gives to ${pin.chart}, and change nothing from one time to the next`, () => {
            assert.ok(GIVEN[pin.chart]);
            assert.deepEqual(render(pin.chart), render(pin.chart));
        });

        it(`refuse a value that ${pin.chart} does not have, by its path`, () => {
            const values = { ...GIVEN[pin.chart], replicaz: 3, deep: { below: { it: 1 } } };
            assert.throws(() => render(pin.chart, values), /^Error: replicaz, deep\.below\.it: no such value in chart/);
        });
    }

    it("refuse a typo beside values that are right", () => {
        const wrong = {
            ...longhornValues({ replicas: 2, disposable: true }),
            defaultSettings: { defaultReplicaCount: 2, replicaAutoBalanse: "off" },
        };
        assert.throws(() => render("longhorn", wrong), /^Error: defaultSettings\.replicaAutoBalanse: no such value/);
    });

    it("take any key in a map that is the user's", () => {
        const nodeSelector = { "example.org/anything": "yes" };
        const values = { controller: { nodeSelector }, node: { nodeSelector } };
        const { objects } = render("csi-driver-nfs", values);
        assert.deepEqual(podOf(objects, "csi-nfs-node")["nodeSelector"], nodeSelector);
    });

    it("keep the program's Longhorn and NFS on nodes that were prepared for storage", () => {
        const prepared = { "homelab/nfs": "true" };
        const longhorn = render("longhorn").objects;
        for (const name of ["longhorn-manager", "longhorn-csi-plugin", "csi-provisioner", "longhorn-ui"])
            assert.deepEqual(podOf(longhorn, name)["nodeSelector"], prepared, name);
        const nfs = render("csi-driver-nfs").objects;
        for (const name of ["csi-nfs-controller", "csi-nfs-node"])
            assert.deepEqual(podOf(nfs, name)["nodeSelector"], prepared, name);
    });

    it("define kinds whose contents are checked: a name that the real chart does not know is refused here too", () => {
        const open = charts.flatMap(({ chart }) =>
            render(chart)
                .crds.filter(({ metadata }) => metadata.annotations?.["lab.homelab/stand-in"] !== undefined)
                .filter((crd) => !valueAt(versionsOf(crd)[0], "schema.openAPIV3Schema.properties.spec.properties"))
                .map(({ metadata }) => metadata.name),
        );
        assert.deepEqual(open, []);
    });

    it("place what Longhorn's manager starts by its settings, not by the chart's values", () => {
        const { objects } = render("longhorn", {
            longhornManager: { nodeSelector: { a: "b" }, tolerations: [{ operator: "Exists" }] },
            defaultSettings: {
                systemManagedComponentsNodeSelector: "c:d; e:f",
                taintToleration: "k=v:NoSchedule; x:NoExecute",
            },
        });
        assert.deepEqual(podOf(objects, "longhorn-manager")["nodeSelector"], { a: "b" });
        assert.deepEqual(podOf(objects, "longhorn-csi-plugin")["nodeSelector"], { c: "d", e: "f" });
        assert.deepEqual(podOf(objects, "longhorn-csi-plugin")["tolerations"], [
            { key: "k", operator: "Equal", value: "v", effect: "NoSchedule" },
            { key: "x", operator: "Exists", effect: "NoExecute" },
        ]);
    });

    it("let the GPU plugin look for the feature label unless that default is taken away", () => {
        const selector = (nodeSelector: Record<string, unknown>) =>
            podOf(render("intel-device-plugins-gpu", { name: "g", nodeSelector }).objects, "intel-gpu-plugin-g")[
                "nodeSelector"
            ];
        const feature = "intel.feature.node.kubernetes.io/gpu";
        assert.deepEqual(selector({ a: "b" }), { [feature]: "true", a: "b" });
        assert.deepEqual(selector({ [feature]: null, a: "b" }), { a: "b" });
    });

    it("make Longhorn's own class the default one only where it is asked to", () => {
        const annotations = (values: Record<string, unknown>) =>
            render("longhorn", values).objects.find(({ kind }) => kind === "StorageClass")?.metadata.annotations;
        const key = "storageclass.kubernetes.io/is-default-class";
        assert.equal(annotations({})?.[key], "true");
        assert.equal(annotations({ ...longhornValues({ replicas: 2, disposable: true }) })?.[key], "false");
    });

    it("hand Longhorn's settings to its manager under the names that it knows", () => {
        const { objects } = render("longhorn");
        const map = objects.find(({ metadata }) => metadata.name === "longhorn-default-setting");
        assert.match(JSON.stringify(map), /node-down-pod-deletion-policy: delete-both-statefulset-and-deployment-pod/);
    });

    it("let kubelet set a volume's group on the NAS only where the chart is left to ask for it", () => {
        const policy = (values: Record<string, unknown>) =>
            valueAt(
                render("csi-driver-nfs", values).objects.find(({ kind }) => kind === "CSIDriver"),
                "spec.fsGroupPolicy",
            );
        assert.deepEqual([policy({}), policy({ ...nfsValues() })], ["File", undefined]);
    });

    it("run the operator of databases on two hosts, which gives up a dead one soon", () => {
        const { objects } = render("cloudnative-pg");
        const deployment = objects.find(({ kind }) => kind === "Deployment");
        assert.equal(valueAt(deployment, "spec.replicas"), 2);
        const pod = podOf(objects, "cloudnative-pg");
        const terms = valueAt(pod, "affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution");
        const [apart] = Array.isArray(terms) ? (terms as unknown[]) : [];
        assert.equal(valueAt(apart, "topologyKey"), "topology.kubernetes.io/zone");
        const selected = valueAt(apart, "labelSelector.matchLabels");
        const labels = valueAt(deployment, "spec.template.metadata.labels");
        assert.ok(isRecord(selected) && isRecord(labels) && Object.keys(selected).length > 0);
        for (const [key, value] of Object.entries(selected)) assert.equal(labels[key], value);
        assert.match(JSON.stringify(pod["tolerations"]), /"node\.kubernetes\.io\/unreachable".*"tolerationSeconds":30/);
    });

    it("bring the operator's webhooks only where its program runs", () => {
        const webhooks = (bodies: BodyKind) =>
            render("cloudnative-pg", GIVEN["cloudnative-pg"], bodies).objects.filter(({ kind = "" }) =>
                kind.endsWith("WebhookConfiguration"),
            );
        assert.deepEqual(webhooks("simulated"), []);
        assert.equal(webhooks("real").length, 2);
        for (const each of webhooks("real"))
            assert.deepEqual(
                [...new Set(JSON.stringify(each).match(/"namespace":"[^"]*"/g))],
                ['"namespace":"system"'],
            );
    });

    it("bring the plugin that keeps archives as the operator finds it, with the program that works beside servers", () => {
        const { objects, crds } = render("plugin-barman-cloud");
        const [service, config] = ["Service", "ConfigMap"].map((kind) => objects.find((one) => one.kind === kind));
        const deployment = objects.find(({ kind }) => kind === "Deployment");
        const annotations = service?.metadata.annotations ?? {};
        const issued = objects
            .filter(({ kind }) => kind === "Certificate")
            .map((one) => String(valueAt(one, "spec.secretName")));
        for (const side of ["Client", "Server"])
            assert.ok(issued.includes(String(annotations[`cnpg.io/plugin${side}Secret`])), side);
        assert.deepEqual(valueAt(service, "spec.selector"), valueAt(deployment, "spec.template.metadata.labels"));
        assert.match(String(valueAt(config, "data.SIDECAR_IMAGE")), /plugin-barman-cloud-sidecar:v\d/);
        assert.ok(objects.every((one) => !JSON.stringify(one).includes("cnpg-system")));
        assert.deepEqual(
            crds.map(({ metadata }) => metadata.name),
            ["objectstores.barmancloud.cnpg.io"],
        );
        // The operator promotes nobody without it.
        const pod = podOf(objects, "plugin-barman-cloud");
        assert.match(JSON.stringify(pod["tolerations"]), /"node\.kubernetes\.io\/unreachable".*"tolerationSeconds":0/);
    });

    it("ask MetalLB's controller before a pool is taken, where there are containers that could answer", () => {
        const kinds = (bodies: BodyKind) => render("metallb", undefined, bodies).objects.map(({ kind }) => kind);
        const extra = "ValidatingWebhookConfiguration";
        assert.ok(kinds("real").includes(extra));
        assert.deepEqual(
            kinds("real").filter((kind) => kind !== extra),
            kinds("simulated"),
        );
    });

    it("give MetalLB's speakers the network of their nodes, a raw socket and nothing else", () => {
        const pod = podOf(render("metallb").objects, "metallb-speaker");
        assert.equal(pod["hostNetwork"], true);
        const [container] = pod["containers"] as unknown[];
        assert.deepEqual(valueAt(container, "securityContext.capabilities"), { drop: ["ALL"], add: ["NET_RAW"] });
        assert.match(JSON.stringify(pod["tolerations"]), /node-role\.kubernetes\.io\/control-plane/);
    });

    it("bring cert-manager's definitions only where they are enabled", () => {
        assert.deepEqual(render("cert-manager", {}).crds, []);
        assert.equal(render("cert-manager").crds.length, 4);
    });
});
