import { strict as assert } from "node:assert";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ensure } from "../../../lab/toolchain/ensure";
import { compareVersions, locate, tool } from "../../../lab/toolchain/locate";
import type { ToolSpec } from "../../../lab/toolchain/tools";
import { fakeGo, fakeTool, script, succeed, type FakeGo } from "./fake-go";

describe("finding a tool", () => {
    let go: FakeGo;
    let spec: ToolSpec;
    let env: NodeJS.ProcessEnv;
    let [onPath, assets] = ["", ""];

    /** A program of the user's own that prints a version in the manner of `kube-apiserver --version`. */
    const install = (folder: string, version: string): void =>
        script(join(folder, "sundial"), `echo Sundial v${version}`);
    const found = (): string | undefined => locate(spec, { cache: go.cache, env })?.path;

    beforeEach(() => {
        go = fakeGo();
        spec = { ...fakeTool(go, "sundial"), accepted: { from: "1.2.0", below: "1.3.0" } };
        [onPath, assets] = [join(go.folder, "own"), join(go.folder, "assets")];
        for (const folder of [onPath, assets]) mkdirSync(folder);
        env = { ...go.env, PATH: `${onPath}:${go.env["PATH"] ?? ""}`, KUBEBUILDER_ASSETS: assets };
    });
    afterEach(() => go.remove());

    it("takes the user's own from PATH when it is new enough, and builds nothing", async () => {
        install(onPath, "1.2.9");
        const paths = await ensure([spec], { cache: go.cache, env });
        assert.equal(paths.get("sundial"), join(onPath, "sundial"));
        assert.deepEqual(go.builds(), []);
    });

    it("prefers KUBEBUILDER_ASSETS to PATH", () => {
        install(onPath, "1.2.9");
        install(assets, "1.2.0");
        assert.equal(found(), join(assets, "sundial"));
    });

    for (const [why, version] of [
        ["too old", "1.1.9"],
        ["too new", "1.3.0"],
    ] as const) {
        it(`leaves one alone that is ${why}`, () => {
            install(onPath, version);
            assert.equal(found(), undefined);
        });
    }

    it("leaves one alone that does not run", () => {
        script(join(onPath, "sundial"), "echo v1.2.9; exit 1");
        assert.equal(found(), undefined);
    });

    it("builds its own when LAB_TOOLS_BUILD=all asks for it", () => {
        install(onPath, "1.2.9");
        env["LAB_TOOLS_BUILD"] = "all";
        assert.equal(found(), undefined);
    });

    it("does not take a cached tool on PATH for the user's own", () => {
        const yesterday = join(go.cache, "tools", "sundial-yesterday");
        mkdirSync(yesterday, { recursive: true });
        install(yesterday, "1.2.9");
        env["PATH"] = `${yesterday}:${env["PATH"] ?? ""}`;
        assert.equal(found(), undefined);
    });

    it("leaves alone what a lab has put on PATH, and takes the user's own behind it", () => {
        const lab = join(go.folder, "lab", "bin");
        mkdirSync(lab, { recursive: true });
        install(lab, "1.2.9");
        script(join(lab, "pulumi-cli"), "exit 0");
        env["PATH"] = `${lab}:${go.env["PATH"] ?? ""}`;
        assert.equal(found(), undefined);
        install(onPath, "1.2.8");
        env["PATH"] = `${lab}:${onPath}`;
        assert.equal(found(), join(onPath, "sundial"));
    });

    it("finds what was built without asking Go", async () => {
        go.onBuild("sundial", succeed("1.2.3"));
        const built = await ensure([spec], go);
        env["PATH"] = "/nowhere";
        assert.equal(found(), built.get("sundial"));
    });

    it("says how to build what is not there", () => {
        const places = { cache: go.cache, env: { PATH: "/nowhere" } };
        assert.throws(
            () => tool("etcd", places),
            /\/tools: etcd 3\.\d+\.\d+ is not built; run "make up" or "npm run lab/,
        );
    });
});

describe("the order of versions", () => {
    for (const [older, newer] of [
        ["1.9.0", "1.10.0"],
        ["3.259.0", "4.0.0"],
        ["1.25.9", "1.26rc1"],
        ["go1.26", "go1.26.1"],
    ] as const) {
        it(`puts ${older} before ${newer}`, () => {
            assert.ok(compareVersions(older, newer) < 0);
            assert.ok(compareVersions(newer, older) > 0);
        });
    }
    it("does not tell 1.26 from v1.26.0", () => assert.equal(compareVersions("1.26", "v1.26.0"), 0));
});
