import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { charts } from "../../../components/versions";
import { operators } from "../../../lab/operators";
import pluginKeys from "../../../lab/charts/keys/plugin-barman-cloud.json";
import type { BodyKind } from "../../../lab/settings";
import { catalogue, commonTools, toolNames, toolsFor } from "../../../lab/toolchain/catalogue";
import { operatorTools } from "../../../lab/toolchain/operator-catalogue";
import { realTools } from "../../../lab/toolchain/real-catalogue";
import { toolFolder } from "../../../lab/toolchain/tools";

describe("the catalogue of tools", () => {
    const specs = catalogue();

    it("has the CLI in the version of the program's @pulumi/pulumi", () => {
        const text = readFileSync(require.resolve("@pulumi/pulumi/package.json"), "utf8");
        const value: unknown = JSON.parse(text);
        assert(typeof value === "object" && value !== null && "version" in value);
        assert.equal(specs.pulumi.version, value.version);
    });

    it("has a version for everything, and each tool under its own name", () => {
        for (const name of toolNames) {
            assert.match(specs[name].version, /^\d+\.\d+\.\d+$/, name);
            assert.equal(specs[name].name, name);
        }
    });

    it("gives simulated machines what every lab needs, and real ones what they run besides", () => {
        assert.deepEqual(toolsFor("simulated", []), commonTools);
        assert.ok(!toolsFor("simulated", []).includes("kubelet"));
        assert.deepEqual(toolsFor("real", []), [...commonTools, ...realTools]);
        assert.ok(toolsFor("real", []).includes("kubelet") && toolsFor("real", []).includes("kube-apiserver"));
    });

    it("gives an operator's program to houses that have it and run containers, and its manifests to all that have it", () => {
        const added = (bodies: BodyKind) => toolsFor(bodies, operators).slice(toolsFor(bodies, []).length);
        assert.deepEqual(added("simulated"), [
            ...["cloudnative-pg-manifests", "plugin-barman-cloud-manifests", "metallb-crds"],
        ]);
        assert.deepEqual(added("real"), [
            ...["cloudnative-pg-manifests", "cnpg-manager"],
            ...["plugin-barman-cloud-manifests", "plugin-barman-cloud"],
            ...["metallb-crds", "metallb-controller", "metallb-speaker"],
        ]);
        assert.deepEqual(new Set(toolsFor("real", operators)), new Set(toolNames));
    });

    it("accepts from elsewhere what it would build itself", () => {
        for (const name of toolNames) {
            const { version, accepted } = specs[name];
            if (!accepted) continue;
            const parts = [accepted.from, version, accepted.below].map((one) => one.split(".").map(Number));
            const [from = [], pinned = [], below = []] = parts;
            const before = (a: number[], b: number[]): boolean => {
                const index = a.findIndex((part, position) => part !== b[position]);
                return index >= 0 && (a[index] ?? 0) < (b[index] ?? 0);
            };
            assert.ok(!before(pinned, from) && before(pinned, below), name);
        }
    });

    it("accepts nothing from elsewhere that runs inside machines and images", () => {
        assert.deepEqual(
            [...realTools, ...operatorTools].filter((name) => specs[name].accepted !== undefined),
            [],
        );
    });

    it("stamps every Kubernetes program with its version", () => {
        const servers = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;
        for (const name of [...servers, "kubectl", "kubelet", "kube-proxy"] as const) {
            const { source, version } = specs[name];
            assert(source.kind === "program");
            assert.ok(source.ldflags.includes(`-X k8s.io/component-base/version.gitVersion=v${version}`), name);
            assert.ok(
                source.ldflags.includes(`-X k8s.io/client-go/pkg/version.gitMinor=${version.split(".")[1] ?? ""}`),
                name,
            );
        }
    });

    it("takes the kubelet from the release of the control plane, and the custom resources from traefik's", () => {
        assert.equal(specs.kubelet.version, specs["kube-apiserver"].version);
        assert.equal(specs["traefik-crds"].version, specs.traefik.version);
        assert.equal(`v${specs["cert-manager-crds"].version}`, charts.certManager.version);
        assert.equal(specs["cloudnative-pg-manifests"].version, specs["cnpg-manager"].version);
        for (const name of ["plugin-barman-cloud-manifests", "plugin-barman-cloud"] as const)
            assert.equal(`v${specs[name].version}`, pluginKeys.appVersion, name);
        for (const name of ["metallb-crds", "metallb-controller", "metallb-speaker"] as const)
            assert.equal(specs[name].version, charts.metalLb.version, name);
    });

    it("names cache folders the same wherever the checkout lies, and differently for each tool", () => {
        const folders = toolNames.map((name) => toolFolder("/cache", specs[name]));
        assert.equal(new Set(folders).size, toolNames.length);
        const { etcd } = specs;
        assert(etcd.source.kind === "program");
        const flags = { ...etcd, source: { ...etcd.source, ldflags: "" } };
        assert.notEqual(toolFolder("/cache", flags), toolFolder("/cache", etcd));
    });
});
