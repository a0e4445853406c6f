import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rules } from "../../policies/rules/index";
import { type Analyzer, startAnalyzer } from "./analyzer";
import { fact, service, surroundings, webContainer, workload } from "./house";
import { secret, unknownText } from "./preview";
import { removeFolder } from "../support/scratch-folder";

describe("the policy pack, asked as the engine asks it", () => {
    let analyzer: Analyzer;
    before(async () => {
        analyzer = await startAnalyzer();
    });
    after(() => analyzer.stop());

    it("serves every rule", async () => {
        assert.deepEqual(
            await analyzer.policies(),
            rules.map(({ name }) => name),
        );
    });

    it("does not have each resource sent twice, since no rule changes one", async () => {
        assert.equal(await analyzer.remediates(), false);
    });

    it("lets a good resource pass", async () => {
        assert.deepEqual(await analyzer.analyze(workload()), []);
        assert.deepEqual(await analyzer.analyzeStack([workload(), service(), ...surroundings()]), []);
    });

    it("stops a resource with every mistake at once", async () => {
        const container = { image: "jellyfin", securityContext: { privileged: true } };
        const found = await analyzer.analyze(workload({ container, pod: { affinity: null } }));
        for (const rule of ["image-pinned", "no-privileged-container", "replicas-spread-over-hosts"]) {
            assert.deepEqual(
                found.filter(({ policy }) => policy === rule).map(({ mandatory }) => mandatory),
                [true],
                rule,
            );
        }
    });

    it("stops a stack whose Service selects nothing, and names the Service", async () => {
        const found = await analyzer.analyzeStack([service(), fact("aws:s3/bucket:Bucket", { bucket: unknownText })]);
        const diagnostic = found.find(({ policy }) => policy === "service-selects-one-workload");
        assert.ok(diagnostic);
        assert.equal(diagnostic.mandatory, true);
        assert.equal(diagnostic.urn, service().urn);
    });

    it("advises, and no more, that an unknown value was not checked, and goes on", async () => {
        const containers = [unknownText, "busybox"].map((image) => ({ ...webContainer, image }));
        const found = await analyzer.analyze(workload({ pod: { containers } }));
        const [violation, advice, ...more] = found.filter(({ policy }) => policy === "image-pinned");
        assert.equal(violation?.mandatory, true);
        assert.equal(advice?.mandatory, false);
        assert.match(advice.message, /containers\.0\.image can't be known during preview/);
        assert.deepEqual(more, []);
        const onStack = await analyzer.analyzeStack([
            service({}, { namespace: unknownText }),
            workload(),
            ...surroundings(),
        ]);
        assert.ok(onStack.some(({ policy }) => policy === "service-selects-one-workload"));
        assert.ok(onStack.every(({ mandatory }) => !mandatory));
    });

    it("reads through secrets", async () => {
        const container = { image: secret("jellyfin/jellyfin:latest") };
        const found = await analyzer.analyze(workload({ container }));
        assert.ok(found.some(({ policy }) => policy === "image-pinned"));
    });
});

describe("the start of the policy pack", () => {
    const folder = join(__dirname, "../../policies");

    /** Modules of npm that Node has after these files of the pack. */
    function npmModules(...files: readonly string[]): number {
        const script = `
            for (const file of ${JSON.stringify(files)}) require(file);
            console.log(Object.keys(require.cache).filter((file) => file.includes("@npmcli")).length);
        `;
        return Number(execFileSync(process.execPath, ["--eval", script], { cwd: folder, encoding: "utf8" }));
    }

    it("waits for the SDK without npm, which the SDK would load", () => {
        assert.ok(npmModules("@pulumi/policy/deserialize") > 10);
        assert.equal(npmModules("./unused-parts.js", "@pulumi/policy/deserialize"), 1);
    });

    it("keeps what Node compiled, though the engine ends it by a signal", async () => {
        const cache = mkdtempSync(join(tmpdir(), "compiled-"));
        try {
            const analyzer = await startAnalyzer({ NODE_COMPILE_CACHE: cache });
            await analyzer.stop();
            assert.ok(readdirSync(cache, { recursive: true }).length > 100);
        } finally {
            removeFolder(cache);
        }
    });
});
