import { strict as assert } from "node:assert";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program, requiredVersion } from "../../../lab/toolchain/program";
import { toolFolder, type ToolSpec } from "../../../lab/toolchain/tools";
import { removeFolder } from "../../support/scratch-folder";

describe("the cache folder of a tool", () => {
    let [folder, moved] = ["", ""];
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "homelab-tools-"));
        moved = `${folder}-moved`;
        mkdirSync(join(folder, "idle"));
        writeFileSync(join(folder, "idle", "go.mod"), "module example.test/own\n\ngo 1.26\n");
        writeFileSync(join(folder, "idle", "main.go"), "package main\n\nfunc main() {}\n");
        writeFileSync(join(folder, "requirements.txt"), "sundial==1.2.3 --hash=sha256:00\n");
    });
    afterEach(() => [folder, moved].forEach((one) => removeFolder(one)));

    const move = (): string => {
        cpSync(folder, moved, { recursive: true });
        return moved;
    };
    const own = (modules = folder): string => {
        const build = { module: "example.test/own", package: "example.test/own", version: "1.0.0" };
        return toolFolder("/cache", program(modules, "idle", "own", build));
    };
    const wheel = (moduleDir = folder): string => {
        const source = { kind: "wheel", moduleDir, folder: "bin", prefix: "sundial-", trialArguments: [] } as const;
        const spec: ToolSpec = { name: "sundial", version: "1.2.3", artefact: "sundial", source };
        return toolFolder("/cache", spec);
    };

    it("is another one when source of our own changes, and the same when the checkout moves", () => {
        const before = own();
        assert.equal(own(move()), before);
        appendFileSync(join(folder, "idle", "main.go"), "// changed\n");
        const changed = own();
        assert.notEqual(changed, before);
        writeFileSync(join(folder, "idle", "more.go"), "package main\n");
        assert.notEqual(own(), changed);
    });

    it("does not mind what an editor keeps beside the source", () => {
        const before = own();
        for (const name of [".main.go.swp", "main.go~", ".#main.go"]) writeFileSync(join(folder, "idle", name), "x");
        assert.equal(own(), before);
    });

    it("is another one when a wheel is pinned by another hash, and the same when the checkout moves", () => {
        const before = wheel();
        assert.equal(wheel(move()), before);
        writeFileSync(join(folder, "requirements.txt"), "sundial==1.2.3 --hash=sha256:11\n");
        assert.notEqual(wheel(), before);
    });
});

describe("the version of a module's program", () => {
    it("is that of the requirement, and missing where go.mod has none", () => {
        const folder = mkdtempSync(join(tmpdir(), "homelab-go-mod-"));
        writeFileSync(join(folder, "go.mod"), "module x\n\nrequire (\n\texample.test/a v1.0.0\n)\n");
        assert.equal(requiredVersion(folder, "example.test/a"), "1.0.0");
        assert.throws(() => requiredVersion(folder, "example.test/b"), /go\.mod: no requirement of example\.test\/b/);
        removeFolder(folder);
    });
});
