import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { configSchema, existingConfigSchema } from "../../../infra/config/schema";

const folder = join(__dirname, "..", "..", "..", "infra", "config");

describe("the schema of a house", () => {
    it("says of every setting what it means, so that the reference can be made from it", () => {
        const silent: string[] = [];
        const walk = (schema: unknown, path: string): void => {
            const { description, properties, items, oneOf } = nodeSchema.parse(schema);
            if (path !== "" && (description === undefined || description.length < 10)) {
                silent.push(path);
            }
            Object.entries(properties ?? {}).forEach(([key, inner]) => walk(inner, `${path}.${key}`));
            if (items !== undefined) {
                walk(items, `${path}[]`);
            }
            oneOf?.forEach((inner) => walk(inner, path));
        };
        const nodeSchema = z.object({
            description: z.string().optional(),
            properties: z.record(z.string(), z.unknown()).optional(),
            items: z.unknown().optional(),
            oneOf: z.array(z.unknown()).optional(),
        });
        for (const schema of [configSchema, existingConfigSchema]) {
            walk(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }), "");
        }
        assert.deepEqual(silent, []);
    });

    it("is plain: only load.ts knows Pulumi, so that everything else can be asked without an engine", () => {
        const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
        const users = files.filter((file) => readFileSync(join(folder, file), "utf8").includes('from "@pulumi/'));
        assert.ok(files.length > 15);
        assert.deepEqual(users, ["load.ts"]);
    });
});
