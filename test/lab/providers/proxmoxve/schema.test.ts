import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TerraformProcess } from "../../../../lab/providers/proxmoxve/process";
import {
    type ObjectShape,
    type ProviderSchema,
    providerSchema,
    type Shape,
} from "../../../../lab/providers/proxmoxve/schema";
import { providerTools } from "./house";
import { fileOf, sdkFields, sdkTokens, type SdkShape } from "./sdk-types";
import { removeFolder } from "../../../support/scratch-folder";

/** Known differences between the SDK (8.6.0) and the provider behind it (0.111.1): the SDK was made for a later one. */
const KNOWN = [
    "proxmoxve:backup/getJobs:getJobs result.jobs[]: only the SDK has excludes",
    "proxmoxve:backup/job:Job arguments: only the SDK has excludes",
    "proxmoxve:backup/job:Job: only the SDK has excludes",
];

describe("schema of the bridge, against the types of the SDK", () => {
    let schema: ProviderSchema;

    before(async () => {
        const folder = await mkdtemp(join(tmpdir(), "schema-"));
        const provider = await TerraformProcess.start({ ...providerTools(), folder, logFile: join(folder, "log") });
        schema = providerSchema(await provider.call("GetProviderSchema", {}));
        await provider.close();
        removeFolder(folder);
    });

    it("has the same resources and functions", () => {
        const { resources, functions } = sdkTokens();
        assert.deepEqual([...schema.resources.keys()].sort(), resources);
        assert.deepEqual([...schema.functions.keys()].sort(), functions);
        assert.equal(resources.length, 115);
    });

    it("has the same properties, at every depth, but for the known differences", () => {
        const found: string[] = [];
        for (const [token, { shape }] of schema.resources) {
            const { file, name } = fileOf(token);
            found.push(...differences(`${token} arguments`, inputs(shape), sdkFields(file, `${name}Args`)));
            found.push(...differences(token, all(shape), sdkFields(file, name)));
        }
        for (const [token, { shape }] of schema.functions) {
            const { file, name } = fileOf(token);
            const upper = name.slice(0, 1).toUpperCase() + name.slice(1);
            found.push(...differences(`${token} result`, all(shape), sdkFields(file, `${upper}Result`)));
        }
        assert.deepEqual(found.sort(), KNOWN);
    });

    it("has the same settings of the provider", () => {
        assert.deepEqual(
            differences("Provider", inputs(schema.provider), sdkFields("provider.d.ts", "ProviderArgs")),
            [],
        );
    });
});

function inputs({ fields }: ObjectShape): Map<string, Shape> {
    return new Map(fields.filter((field) => field.input).map(({ name, shape }) => [name, shape]));
}

/** Without `id`, which the SDK's classes inherit. */
function all({ fields }: ObjectShape): Map<string, Shape> {
    return new Map(fields.filter(({ name }) => name !== "id").map(({ name, shape }) => [name, shape]));
}

function differences(at: string, ours: ReadonlyMap<string, Shape>, sdk: ReadonlyMap<string, SdkShape>): string[] {
    return [
        ...[...ours.keys()].filter((name) => !sdk.has(name)).map((name) => `${at}: only the provider has ${name}`),
        ...[...sdk.keys()]
            .filter((name) => !ours.has(name) && name !== "id")
            .map((name) => `${at}: only the SDK has ${name}`),
        ...[...ours].flatMap(([name, shape]) => {
            const other = sdk.get(name);
            return other ? shapeDifferences(`${at}.${name}`, shape, other) : [];
        }),
    ];
}

function shapeDifferences(at: string, shape: Shape, sdk: SdkShape): string[] {
    const other = [`${at}: ${shape.kind} here, ${sdk.kind} in the SDK`];
    switch (shape.kind) {
        case "list":
        case "set":
            if (shape.single) return shapeDifferences(at, shape.element, sdk);
            return sdk.kind === "list" ? shapeDifferences(`${at}[]`, shape.element, sdk.element) : other;
        case "map":
            return sdk.kind === "map" ? shapeDifferences(`${at}{}`, shape.element, sdk.element) : other;
        case "object":
            if (sdk.kind !== "object") return other;
            return differences(at, new Map(shape.fields.map((field) => [field.name, field.shape])), sdk.fields);
        case "string":
        case "number":
        case "bool":
        case "dynamic":
            return sdk.kind === "plain" ? [] : other;
    }
}
