import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ResourceFact } from "../../policies/model/fact";
import { type Engine, startEngine } from "../support/engine";
import { excuse, service, surroundings, workload } from "./house";
import { takesAnything } from "./takes-anything";
import { removeFolder } from "../support/scratch-folder";

const folder = join(__dirname, "../../policies");
const pack = ["--policy-pack", folder];

/** A copy of the pack in which one rule fails itself. @returns the folder to remove, and the pack in it */
function packWithBrokenRule(file: string): { readonly root: string; readonly copy: string } {
    const root = mkdtempSync(join(tmpdir(), "broken-rule-"));
    const copy = join(root, "policies");
    cpSync(folder, copy, { recursive: true, filter: (path) => !path.includes("node_modules") });
    symlinkSync(join(folder, "../node_modules"), join(root, "node_modules"));
    const rule = join(copy, "rules", file);
    const text = readFileSync(rule, "utf8");
    const broken = text.replace(/( check\(.*\) \{)/, '$1\n        if (subject) throw new Error("no idea");');
    assert.notEqual(broken, text);
    writeFileSync(rule, broken);
    return { root, copy };
}

function program(...facts: readonly ResourceFact[]): string {
    const resources = facts.map(({ type, props }, index) => ({ type, name: `part-${index}`, props }));
    return `
const { CustomResource, ProviderResource } = require("@pulumi/pulumi");
const provider = new ProviderResource("kubernetes", "house", {});
for (const { type, name, props } of ${JSON.stringify(resources)}) new CustomResource(type, name, props, { provider });
`;
}

describe("the policy pack in a real engine", function () {
    this.timeout(60_000);
    let engine: Engine;
    before(async () => {
        engine = await startEngine({
            plugins: { kubernetes: { npmPackage: "@pulumi/kubernetes", factory: takesAnything } },
        });
    });
    beforeEach(() => engine.reset());
    after(() => engine.close());

    it("lets a good graph up", async () => {
        await engine.program(program(workload(), service(), ...surroundings()));
        const { code, output } = await engine.up(...pack);
        assert.equal(code, 0, output);
        assert.match(output, /homelab@v\S+ \(local: /);
    });

    for (const [rule, ...facts] of [
        ["image-pinned", workload({ container: { image: "jellyfin/jellyfin" } })],
        ["no-privileged-container", workload({ container: { securityContext: { privileged: true } } })],
        ["replicas-spread-over-hosts", workload({ pod: { affinity: null } })],
    ] as const) {
        it(`stops an up by ${rule} before the object is made`, async () => {
            await engine.program(program(...facts));
            const { code, output } = await engine.up(...pack);
            assert.notEqual(code, 0);
            assert.match(output, new RegExp(`\\[mandatory\\].*${rule}`));
            const made = await engine.resources();
            assert.deepEqual(
                made.filter(({ type }) => type.startsWith("kubernetes:")),
                [],
            );
        });
    }

    it("stops a preview, which every up starts with, by service-selects-one-workload", async () => {
        await engine.program(program(workload(), service({ selector: { "app.kubernetes.io/component": "database" } })));
        const { code, output } = await engine.preview(...pack);
        assert.notEqual(code, 0);
        assert.match(output, /\[mandatory\].*service-selects-one-workload/);
    });

    it("stops an up by a rule that fails itself, says so, and still hears the others", async () => {
        const { root, copy } = packWithBrokenRule("workloads/image-pinned.ts");
        try {
            await engine.program(program(workload({ container: { securityContext: { privileged: true } } })));
            const { code, output } = await engine.up("--policy-pack", copy);
            assert.notEqual(code, 0);
            assert.match(output, /\[mandatory\].*image-pinned/);
            assert.match(output, /no idea/);
            assert.match(output, /\[mandatory\].*no-privileged-container/);
            const made = await engine.resources();
            assert.deepEqual(
                made.filter(({ type }) => type.startsWith("kubernetes:")),
                [],
            );
        } finally {
            removeFolder(root);
        }
    });

    it("lets an exception with a reason up", async () => {
        const annotations = {
            "policy.homelab/allow-image-pinned": excuse("built in the house, from its own branch", "2099-12-31"),
        };
        const container = { image: "ghcr.io/house/profiler:main" };
        await engine.program(program(workload({ annotations, container }), ...surroundings()));
        const { code, output } = await engine.up(...pack);
        assert.equal(code, 0, output);
    });
});
