import assert from "node:assert/strict";
import { join } from "node:path";
import { ESLint } from "eslint";

const root = join(__dirname, "../..");

// A file that is not there has no types: the rules that need them stay out.
const eslint = new ESLint({
    cwd: root,
    overrideConfig: { files: ["**/*.ts"], languageOptions: { parserOptions: { projectService: false } } },
    ruleFilter: ({ ruleId }) => /^(boundaries\/|no-restricted-syntax$|no-warning-comments$)/.test(ruleId),
});

async function complaints(file: string, text: string): Promise<readonly string[]> {
    const results = await eslint.lintText(text, { filePath: join(root, file) });
    return results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => `${ruleId ?? "none"}: ${message}`));
}

function imports(target: string): string {
    return `import * as other from "${target}";\nexport const used = other;\n`;
}

describe("the import arrows", () => {
    for (const [from, target] of [
        ["stacks/x.ts", "../infra/inventory"],
        ["stacks/x.ts", "../components/versions"],
        ["components/apps/x.ts", "../versions"],
        ["infra/k3s/x.ts", "../inventory"],
        ["infra/k3s/x.ts", "@pulumi/kubernetes"],
        ["policies/rules/x.ts", "./index"],
        ["lab/proxmox/x.ts", "../paths"],
        ["lab/proxmox/x.ts", "node:fs"],
        ["test/infra/x.ts", "../../infra/inventory"],
        ["test/lab/x.ts", "../../lab/paths"],
    ] as const) {
        it(`let ${from} import ${target}`, async () => {
            assert.deepEqual(await complaints(from, imports(target)), []);
        });
    }

    for (const [from, target] of [
        ["components/apps/x.ts", "../../infra/inventory"],
        ["infra/x.ts", "../components/versions"],
        ["policies/rules/x.ts", "../../components/versions"],
        ["policies/rules/x.ts", "../../infra/inventory"],
        ["lab/x.ts", "../infra/inventory"],
        ["lab/x.ts", "../components/versions"],
        ["lab/x.ts", "../policies/rules/index"],
        ["infra/x.ts", "../lab/paths"],
        ["components/x.ts", "../lab/paths"],
        ["stacks/x.ts", "../lab/paths"],
        ["stacks/x.ts", "../policies/rules/index"],
        ["infra/x.ts", "../test/policies/house"],
    ] as const) {
        it(`stop ${from} from importing ${target}`, async () => {
            const found = await complaints(from, imports(target));
            assert.equal(found.length, 1, found.join("\n"));
            assert.match(found[0] ?? "", /^boundaries\/dependencies: /);
        });
    }

    it("stop what imports only a type, re-exports or loads later, too", async () => {
        for (const text of [
            'import type { Machine } from "../infra/inventory";\nexport type M = Machine;\n',
            'export { planInventory } from "../infra/inventory";\n',
            'export const later = import("../infra/inventory");\n',
            'export const now = require("../infra/inventory");\n',
        ]) {
            assert.match((await complaints("components/x.ts", text)).join(), /^boundaries\/dependencies: /, text);
        }
    });
});

describe("the lint rules of the program", () => {
    it("let only infra/config/load.ts read the configuration", async () => {
        const text = 'import * as pulumi from "@pulumi/pulumi";\nexport const config = new pulumi.Config("homelab");\n';
        assert.deepEqual(await complaints("infra/config/load.ts", text), []);
        for (const file of ["infra/k3s/x.ts", "infra/config/x.ts", "stacks/x.ts", "components/x.ts"]) {
            assert.match(
                (await complaints(file, text)).join(),
                /Only infra\/config\/load\.ts reads the configuration/,
                file,
            );
        }
    });

    it("keep the environment out of the program", async () => {
        const text = "export const lab = process.env.LAB_SLOT;\n";
        for (const file of ["infra/config/load.ts", "stacks/x.ts", "components/x.ts"]) {
            assert.match((await complaints(file, text)).join(), /decided by its configuration alone/, file);
        }
        assert.deepEqual(await complaints("lab/x.ts", text), []);
    });

    it("let stacks compose, not make Kubernetes objects", async () => {
        const text = (what: string) =>
            `import * as k8s from "@pulumi/kubernetes";\nexport const made = new k8s.${what}("x");\n`;
        assert.match((await complaints("stacks/x.ts", text("core.v1.Namespace"))).join(), /A stack composes/);
        assert.match((await complaints("stacks/x.ts", text("helm.v3.Release"))).join(), /A stack composes/);
        assert.deepEqual(await complaints("stacks/x.ts", text("Provider")), []);
        assert.deepEqual(await complaints("components/x.ts", text("core.v1.Namespace")), []);
    });

    it("cannot be switched off by a comment", async () => {
        const off = "/* eslint" + "-disable */";
        const found = await complaints("components/x.ts", `${off}\n${imports("../infra/inventory")}`);
        assert.match(found.join("\n"), /^boundaries\/dependencies: /m);
        assert.match(found.join("\n"), /^no-warning-comments: /m);
    });
});
