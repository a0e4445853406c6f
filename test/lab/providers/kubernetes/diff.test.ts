import assert from "node:assert/strict";
import { textOf } from "../../../../lab/plain-values";
import { type Properties, Unknown } from "../../../../lab/providers/kit/provider";
import { configMap, deployment, deploymentInputs, Rig } from "./rig";

/** Without a kubeconfig nothing asks an API server: what is decided here is decided from the inputs alone. */
describe("the diff of a Kubernetes object", () => {
    let rig: Rig;
    before(async () => (rig = await Rig.start({ kubeconfig: Unknown.value })));

    const diff = async (type: string, olds: Properties, news: Properties, settings?: Properties) => {
        const own = settings ? await Rig.start({ kubeconfig: Unknown.value, ...settings }) : rig;
        const { inputs } = await own.check(type, olds);
        return own.diff({ type, urn: "urn", id: "default/x", inputs, outputs: inputs }, news);
    };
    const kinds = async (...args: Parameters<typeof diff>) => (await diff(...args)).kinds;
    const spec = (fields: Properties): Properties => ({ metadata: { name: "x" }, spec: fields });

    it("is empty for the same inputs, with the default namespace written or not", async () => {
        assert.deepEqual(
            await kinds(
                deployment,
                deploymentInputs("x"),
                deploymentInputs("x", { metadata: { namespace: "default" } }),
            ),
            {},
        );
    });

    it("names each changed path", async () => {
        const news = deploymentInputs("x", {
            spec: { replicas: 2, minReadySeconds: 5 },
            metadata: { labels: { "a/b": "c" } },
        });
        assert.deepEqual(await kinds(deployment, deploymentInputs("x"), news), {
            "spec.replicas": "update",
            "spec.minReadySeconds": "add",
            "metadata.labels": "add",
        });
    });

    it("replaces for another name or namespace, and may then keep the old one until the new one is there", async () => {
        const renamed = await diff(deployment, deploymentInputs("x"), {
            ...deploymentInputs("x"),
            metadata: { name: "y" },
        });
        assert.deepEqual(renamed, { kinds: { "metadata.name": "update-replace" }, deleteBeforeReplace: false });
        const moved = await diff(
            configMap,
            { metadata: { name: "x" } },
            { metadata: { name: "x", namespace: "other" } },
        );
        assert.deepEqual(moved, { kinds: { "metadata.namespace": "update-replace" }, deleteBeforeReplace: false });
    });

    it("deletes first when the name was given by the program, and not when it was made up", async () => {
        const named = await diff(
            configMap,
            { metadata: { name: "x" }, data: { a: "1" } },
            { metadata: { name: "x" }, data: { a: "2" } },
        );
        assert.deepEqual(named, { kinds: { "data.a": "update-replace" }, deleteBeforeReplace: true });
        const autonamed = await diff(configMap, { data: { a: "1" } }, { data: { a: "2" } });
        assert.deepEqual(autonamed, { kinds: { "data.a": "update-replace" }, deleteBeforeReplace: false });
    });

    it("replaces ConfigMaps and Secrets for their data, unless the provider says that they may change", async () => {
        const secret = "kubernetes:core/v1:Secret";
        const [one, two] = [
            { metadata: { name: "x" }, stringData: { a: "1" } },
            { metadata: { name: "x" }, stringData: { a: "2" } },
        ];
        assert.deepEqual(await kinds(secret, one, two), { "stringData.a": "update-replace" });
        assert.deepEqual(await kinds(secret, one, two, { enableSecretMutable: "true" }), { "stringData.a": "update" });
        const fixed = { ...two, immutable: true };
        assert.deepEqual(await kinds(secret, { ...one, immutable: true }, fixed, { enableSecretMutable: "true" }), {
            "stringData.a": "update-replace",
        });
    });

    const replaced: [string, Properties, Properties, string][] = [
        [
            deployment,
            { selector: { matchLabels: { a: "1" } } },
            { selector: { matchLabels: { a: "2" } } },
            "spec.selector.matchLabels.a",
        ],
        ["kubernetes:apps/v1:StatefulSet", { serviceName: "a" }, { serviceName: "b" }, "spec.serviceName"],
        ["kubernetes:apps/v1:StatefulSet", {}, { podManagementPolicy: "Parallel" }, "spec.podManagementPolicy"],
        [
            "kubernetes:apps/v1:StatefulSet",
            { volumeClaimTemplates: [{ spec: { resources: { requests: { storage: "1Gi" } } } }] },
            { volumeClaimTemplates: [{ spec: { resources: { requests: { storage: "2Gi" } } } }] },
            "spec.volumeClaimTemplates[0].spec.resources.requests.storage",
        ],
        [
            "kubernetes:core/v1:PersistentVolumeClaim",
            { storageClassName: "a" },
            { storageClassName: "b" },
            "spec.storageClassName",
        ],
        ["kubernetes:core/v1:PersistentVolume", { nfs: { server: "a" } }, { nfs: { server: "b" } }, "spec.nfs.server"],
        [
            "kubernetes:batch/v1:Job",
            { template: { spec: { a: 1 } } },
            { template: { spec: { a: 2 } } },
            "spec.template.spec.a",
        ],
        ["kubernetes:core/v1:Service", { clusterIP: "10.0.0.1" }, { clusterIP: "10.0.0.2" }, "spec.clusterIP"],
    ];
    for (const [type, olds, news, path] of replaced)
        it(`replaces a ${type.split(":")[2]} for a change of ${path}`, async () => {
            const found = Object.entries(await kinds(type, spec(olds), spec(news)));
            assert.deepEqual(
                found.map(([key, kind]) => [key, kind.endsWith("-replace")]),
                [[path, true]],
            );
        });

    it("changes in place what a patch sets, whatever the kind would be replaced for", async () => {
        const type = "kubernetes:apps/v1:DeploymentPatch";
        const [one, two] = [
            spec({ selector: { matchLabels: { a: "1" } } }),
            spec({ selector: { matchLabels: { a: "2" } } }),
        ];
        assert.deepEqual(await kinds(type, { ...one, kind: "Deployment" }, { ...two, kind: "Deployment" }), {
            "spec.selector.matchLabels.a": "update",
        });
    });

    it("leaves out what the program ignores", async () => {
        const { inputs } = await rig.check(deployment, deploymentInputs("x"));
        const made = { type: deployment, urn: "urn", id: "default/x", inputs, outputs: inputs };
        assert.deepEqual(
            (await rig.diff(made, deploymentInputs("x", { spec: { replicas: 5 } }), ["spec.replicas"])).kinds,
            {},
        );
    });

    it("counts a value that is not known yet as changed", async () => {
        const news = deploymentInputs("x", { spec: { replicas: Unknown.value } });
        assert.deepEqual(await kinds(deployment, deploymentInputs("x"), news), { "spec.replicas": "update" });
    });
});

describe("names of Kubernetes objects", () => {
    it("are made up where the program gives none, marked, and kept from then on", async () => {
        const rig = await Rig.start({ kubeconfig: Unknown.value });
        const { inputs } = await rig.check(configMap, { data: { a: "1" } });
        const metadata = inputs["metadata"] as Properties;
        assert.match(textOf(metadata["name"]), /^thing-[0-9a-f]{8}$/);
        assert.deepEqual(metadata["annotations"], { "pulumi.com/autonamed": "true" });
        const again = await rig.check(
            configMap,
            { data: { a: "2" } },
            { type: configMap, urn: "u", id: "i", inputs, outputs: inputs },
        );
        assert.deepEqual(again.inputs["metadata"], metadata);
    });

    it("carry no managed-by label with server-side apply, and the label without", async () => {
        const labels = async (settings: Properties) => {
            const rig = await Rig.start({ kubeconfig: Unknown.value, ...settings });
            const metadata = (await rig.check(configMap, { metadata: { name: "x" } })).inputs["metadata"] as Properties;
            return metadata["labels"];
        };
        assert.equal(await labels({}), undefined);
        assert.deepEqual(await labels({ enableServerSideApply: "false" }), {
            "app.kubernetes.io/managed-by": "pulumi",
        });
    });

    it("cannot be left to the API server, and must be given for a patch", async () => {
        const rig = await Rig.start({ kubeconfig: Unknown.value });
        const properties = async (type: string, news: Properties) =>
            (await rig.check(type, news)).failures.map(({ property }) => property);
        assert.deepEqual(await properties(configMap, { metadata: { generateName: "x-" } }), ["metadata.generateName"]);
        assert.deepEqual(await properties("kubernetes:core/v1:NodePatch", { kind: "Node" }), ["metadata.name"]);
    });
});
