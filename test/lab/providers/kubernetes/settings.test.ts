import assert from "node:assert/strict";
import { type Properties, Unknown } from "../../../../lab/providers/kit/provider";
import { checkSettings, diffSettings, readSettings } from "../../../../lab/providers/kubernetes/settings";

const kubeconfig = (server: string, namespace?: string) =>
    JSON.stringify({
        "current-context": "home",
        contexts: [{ name: "home", context: { cluster: "home", user: "me", ...(namespace && { namespace }) } }],
        clusters: [{ name: "home", cluster: { server } }],
        users: [{ name: "me", user: { token: "t" } }],
    });

describe("settings of the Kubernetes provider", () => {
    it("come from the provider resource, else from the environment, else from defaults", () => {
        const settings = readSettings({ enablePatchForce: "true" }, { PULUMI_K8S_DELETE_UNREACHABLE: "true" });
        assert.equal(settings.patchForce, true);
        assert.equal(settings.deleteUnreachable, true);
        assert.equal(settings.serverSideApply, true);
        assert.equal(
            readSettings({ deleteUnreachable: false }, { PULUMI_K8S_DELETE_UNREACHABLE: "true" }).deleteUnreachable,
            false,
        );
    });

    it("take the default namespace from the setting, the kubeconfig's context, or call it default", () => {
        const text = kubeconfig("https://a", "media");
        assert.equal(readSettings({ kubeconfig: text, namespace: "own" }, {}).namespace, "own");
        assert.equal(readSettings({ kubeconfig: text }, {}).namespace, "media");
        assert.equal(readSettings({ kubeconfig: Unknown.value }, {}).namespace, "default");
    });

    it("are refused one by one, each at its property", () => {
        const failures = checkSettings(
            {
                kubeconfig: kubeconfig("https://a"),
                context: "nowhere",
                enablePatchForce: "perhaps",
                renderYamlToDirectory: "out",
                kubconfig: "x",
            },
            false,
        );
        assert.deepEqual(failures.map(({ property }) => property).sort(), [
            "context",
            "enablePatchForce",
            "kubconfig",
            "renderYamlToDirectory",
        ]);
        assert.match(
            checkSettings({ kubeconfig: "/no/such/file" }, false)[0]?.reason ?? "",
            /neither the text of a kubeconfig nor/,
        );
        assert.deepEqual(checkSettings({ kubeconfig: Unknown.value, kubeClientSettings: '{"qps":1}' }, false), []);
    });

    it("in strict mode ask for kubeconfig and context and forbid the default provider", () => {
        const properties = checkSettings({ strictMode: "true" }, true).map(({ property }) => property);
        assert.deepEqual(properties, ["", "kubeconfig", "context"]);
    });
});

describe("changed settings of the Kubernetes provider", () => {
    const kinds = (olds: Properties, news: Properties) =>
        Object.fromEntries([...diffSettings(olds, news).detailed].map(([path, { kind }]) => [path, kind]));
    const here = kubeconfig("https://10.0.0.1:6443");
    const there = kubeconfig("https://10.0.0.2:6443");

    it("replace everything when the kubeconfig leads to another cluster", () => {
        assert.deepEqual(kinds({ kubeconfig: here }, { kubeconfig: there }), { kubeconfig: "update-replace" });
    });

    it("replace nothing when only the credentials change", () => {
        const renewed = here.replace('"token":"t"', '"token":"new"');
        assert.deepEqual(kinds({ kubeconfig: here }, { kubeconfig: renewed }), { kubeconfig: "update" });
    });

    it("replace everything while the kubeconfig is not known, unless the cluster is named", () => {
        assert.deepEqual(kinds({ kubeconfig: here }, { kubeconfig: Unknown.value }), { kubeconfig: "update-replace" });
        const named = { clusterIdentifier: "home" };
        assert.deepEqual(kinds({ ...named, kubeconfig: here }, { ...named, kubeconfig: Unknown.value }), {
            kubeconfig: "update",
        });
        assert.deepEqual(kinds({ ...named, kubeconfig: here }, { ...named, kubeconfig: there }), {
            kubeconfig: "update",
        });
    });

    it("replace everything when the name of the cluster changes, but not when it is first given", () => {
        assert.deepEqual(kinds({ clusterIdentifier: "a" }, { clusterIdentifier: "b" }), {
            clusterIdentifier: "update-replace",
        });
        assert.deepEqual(kinds({ kubeconfig: here }, { kubeconfig: here, clusterIdentifier: "b" }), {
            clusterIdentifier: "add",
        });
    });
});
