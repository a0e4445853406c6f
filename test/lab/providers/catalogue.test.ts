import assert from "node:assert/strict";
import { resolve } from "node:path";
import { catalogue } from "../../../lab/providers/catalogue";

describe("the catalogue of stand-in plugins", () => {
    for (const [name, { npmPackage, load }] of Object.entries(catalogue)) {
        it(`has a plugin for ${name} under the name that its SDK uses`, async () => {
            const manifest: unknown = await import(resolve("node_modules", npmPackage, "package.json"));
            assert.ok(typeof manifest === "object" && manifest !== null && "pulumi" in manifest);
            assert.equal((manifest.pulumi as { name: string }).name, name);
            const provider = (await load())();
            assert.equal(typeof provider.check, "function");
            await provider.close?.();
        });
    }
});
