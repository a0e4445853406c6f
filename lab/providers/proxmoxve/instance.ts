import { type CallContext, type CheckFailure, type Properties } from "../kit/provider";
import { containsUnknown, isProperties, jsonSetting } from "../kit/values";
import { assertAccepted, refusals } from "./diagnostics";
import { TerraformProcess, type Tools } from "./process";
import { type ObjectShape, type ProviderSchema, providerSchema, type TypeSchema } from "./schema";
import { fromObject, pack, toObject, unpack } from "./values";

/** The version of Terraform that the bridge says it is; some features of a provider depend on it. */
const TERRAFORM_VERSION = "1.11.0";

/** Schemas by the provider's path: the same for every process of one binary, and a tenth of a second to get. */
const schemas = new Map<string, Promise<ProviderSchema>>();

/** One Terraform provider with its settings; the process starts with the first call that needs it. */
export class TerraformInstance {
    private started: Promise<TerraformProcess> | undefined;
    private schema: ProviderSchema | undefined;

    constructor(private readonly tools: () => Tools) {}

    process(): Promise<TerraformProcess> {
        return (this.started ??= TerraformProcess.start(this.tools()));
    }

    /** @throws when the provider has no such resource. */
    async resource(token: string): Promise<TypeSchema> {
        return known((await this.load()).resources, token, "resource");
    }

    /** Top-level properties of a type that are secret; none before the first call about a resource. */
    secretProperties(token: string): readonly string[] {
        const fields = this.schema?.resources.get(token)?.shape.fields ?? [];
        return fields.filter((field) => field.sensitive).map((field) => field.name);
    }

    async checkSettings(settings: Properties, context: CallContext): Promise<CheckFailure[]> {
        const { provider } = await this.load();
        const failures: CheckFailure[] = [];
        const config = settingsOf(provider, settings, failures);
        if (failures.length > 0) return failures;
        const process = await this.process();
        return refusals(await process.call("ValidateProviderConfig", { config: pack(config) }), provider, context);
    }

    /** Settings that are not known yet leave the provider without any: a preview can still check and plan. */
    async configure(settings: Properties): Promise<void> {
        if (containsUnknown(settings)) return;
        const { provider } = await this.load();
        const failures: CheckFailure[] = [];
        const config = settingsOf(provider, settings, failures);
        if (failures.length > 0) {
            throw new Error(failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
        }
        const process = await this.process();
        const request = { terraform_version: TERRAFORM_VERSION, config: pack(config) };
        assertAccepted(await process.call("ConfigureProvider", request), provider);
    }

    /** Asks a data source. */
    async invoke(
        token: string,
        args: Properties,
        context: CallContext,
    ): Promise<{ outputs: Properties; failures: CheckFailure[] }> {
        const { type, shape } = known((await this.load()).functions, token, "function");
        const failures: CheckFailure[] = [];
        const config = toObject(shape, args, "", failures);
        if (failures.length > 0) return { outputs: {}, failures };
        const process = await this.process();
        const answer = await process.call("ReadDataSource", { type_name: type, config: pack(config) }, context.signal);
        assertAccepted(answer, shape, context);
        const state = unpack(answer.state);
        return { outputs: isProperties(state) ? fromObject(shape, state) : {}, failures };
    }

    async close(): Promise<void> {
        // One that did not start has nothing to close.
        await this.started?.then(
            (process) => process.close(),
            () => undefined,
        );
    }

    private async load(): Promise<ProviderSchema> {
        const { binary } = this.tools();
        let schema = schemas.get(binary);
        if (!schema) {
            schema = this.askSchema();
            schemas.set(binary, schema);
            schema.catch(() => schemas.delete(binary));
        }
        return (this.schema = await schema);
    }

    private async askSchema(): Promise<ProviderSchema> {
        const answer = await (await this.process()).call("GetProviderSchema", {});
        assertAccepted(answer, { kind: "object", fields: [], whole: false });
        return providerSchema(answer);
    }
}

function known(types: ReadonlyMap<string, TypeSchema>, token: string, kind: string): TypeSchema {
    const found = types.get(token);
    if (!found) {
        throw new Error(
            `${token}: the Proxmox provider has no such ${kind}; use one of ${[...types.keys()].sort().join(", ")}`,
        );
    }
    return found;
}

/** The SDK sends what is no string as JSON text. */
function settingsOf(shape: ObjectShape, settings: Properties, failures: CheckFailure[]): Properties {
    const plain: Properties = {};
    for (const [key, setting] of Object.entries(settings)) {
        const field = shape.fields.find(({ name }) => name === key);
        // The engine adds "version" and the like to the program's settings.
        if (field) plain[key] = field.shape.kind === "string" ? setting : (jsonSetting(setting) ?? null);
    }
    return toObject(shape, plain, "", failures);
}
