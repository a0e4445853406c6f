import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { catalogue, requiredVersion, toolFolder, toolNames } from "../../../lab/toolchain/tools";

describe("the catalogue of tools", () => {
    const specs = catalogue();

    it("has the CLI in the version of the program's @pulumi/pulumi", () => {
        const text = readFileSync(require.resolve("@pulumi/pulumi/package.json"), "utf8");
        const value: unknown = JSON.parse(text);
        assert(typeof value === "object" && value !== null && "version" in value);
        assert.equal(specs.pulumi.version, value.version);
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

    it("stamps every Kubernetes program with its version", () => {
        for (const name of ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"] as const) {
            const { source, version } = specs[name];
            assert(source.kind === "program");
            assert.ok(source.ldflags.includes(`-X k8s.io/component-base/version.gitVersion=v${version}`), name);
            assert.ok(
                source.ldflags.includes(`-X k8s.io/client-go/pkg/version.gitMinor=${version.split(".")[1]}`),
                name,
            );
        }
    });

    it("names cache folders the same wherever the checkout lies, and differently for each tool", () => {
        const folders = toolNames.map((name) => toolFolder("/cache", specs[name]));
        assert.equal(new Set(folders).size, toolNames.length);
        const { etcd } = specs;
        assert(etcd.source.kind === "program");
        const flags = { ...etcd, source: { ...etcd.source, ldflags: "" } };
        assert.notEqual(toolFolder("/cache", flags), toolFolder("/cache", etcd));
    });

    it("says which requirement a go.mod lacks", () => {
        const folder = mkdtempSync(join(tmpdir(), "homelab-go-mod-"));
        writeFileSync(join(folder, "go.mod"), "module x\n\nrequire (\n\texample.test/a v1.0.0\n)\n");
        assert.equal(requiredVersion(folder, "example.test/a"), "1.0.0");
        assert.throws(() => requiredVersion(folder, "example.test/b"), /go\.mod: no requirement of example\.test\/b/);
        rmSync(folder, { recursive: true });
    });
});
