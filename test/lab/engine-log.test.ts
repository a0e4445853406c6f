import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withoutEngineLog } from "../../lab/engine-log";
import { startEngine } from "../support/engine";
import { removeFolder } from "../support/scratch-folder";

describe("the engine's automatic log", function () {
    this.timeout(60_000);

    it("is not written, and the engine says nothing of it", async () => {
        const engine = await startEngine({ plugins: {} });
        try {
            const { code, output } = await engine.preview();
            assert.equal(code, 0, output);
            assert.doesNotMatch(output, /log/i);
            assert.ok(statSync(join(engine.environment["PULUMI_HOME"] ?? "", "logs")).isFile());
        } finally {
            await engine.close();
        }
    });

    it("is removed where an earlier engine wrote it, with what it holds", async () => {
        const home = mkdtempSync(join(tmpdir(), "pulumi-home-"));
        try {
            mkdirSync(join(home, "logs"));
            writeFileSync(join(home, "logs", "pulumi-preview.log"), "every property");
            await withoutEngineLog(home);
            await withoutEngineLog(home);
            assert.doesNotMatch(readFileSync(join(home, "logs"), "utf8"), /every property/);
        } finally {
            removeFolder(home);
        }
    });
});
