import { isReplacement, sameValue } from "../kit/diff";
import { autoName } from "../kit/naming";
import {
    type CallContext,
    type CheckFailure,
    type CheckRequest,
    type CreateRequest,
    type DeleteRequest,
    type Diff,
    type DiffRequest,
    InitializationError,
    type Properties,
    type Provider,
    type ReadRequest,
    type UpdateRequest,
} from "../kit/provider";
import { refusals } from "./diagnostics";
import { planDifference } from "./difference";
import { holdIgnored } from "./ignore-changes";
import { followDrift, inputsOf } from "./inputs";
import { TerraformInstance } from "./instance";
import type { Tools } from "./process";
import { type Outcome, ResourceCalls } from "./resource";
import type { ObjectShape, TypeSchema } from "./schema";
import { fromOutputs, idOf, type Stored, toOutputs, withDefaults } from "./stored";
import { pack, toObject } from "./values";

type Checked = Awaited<ReturnType<Provider["check"]>>;
type Read = Awaited<ReturnType<Provider["read"]>>;

/** Names of the inputs that the bridge chose itself; kept among the inputs, as the released bridge does. */
const DEFAULTS = "__defaults";

/** Pulumi's provider protocol on one side, a running Terraform provider on the other. */
export class TerraformBridge implements Provider {
    private readonly instance: TerraformInstance;

    /** @param tools asked when the first process is needed. */
    constructor(tools: () => Tools) {
        this.instance = new TerraformInstance(tools);
    }

    async checkConfig(request: CheckRequest, context: CallContext): Promise<Checked> {
        return { inputs: request.news, failures: await this.instance.checkSettings(request.news, context) };
    }

    /** No setting of this provider means another place: a change never replaces what was made with the old ones. */
    async diffConfig({ oldInputs, newInputs }: DiffRequest): Promise<Diff> {
        const keys = [...new Set([...Object.keys(oldInputs), ...Object.keys(newInputs)])];
        const changed = keys.filter((key) => !sameValue(oldInputs[key], newInputs[key]));
        return { detailed: new Map(changed.map((key) => [key, { kind: "update", inputDiff: true }])) };
    }

    configure(settings: Properties): Promise<void> {
        return this.instance.configure(settings);
    }

    secretProperties(type: string): readonly string[] {
        return this.instance.secretProperties(type);
    }

    async check(request: CheckRequest, context: CallContext): Promise<Checked> {
        const { type, shape } = await this.instance.resource(request.type);
        const inputs = nameWhereOpen(shape, request);
        const failures: CheckFailure[] = [];
        const config = pack(toObject(shape, inputs, "", failures));
        if (failures.length === 0) {
            const client_capabilities = { write_only_attributes_allowed: true };
            const process = await this.instance.process();
            const answer = await process.call("ValidateResourceConfig", {
                type_name: type,
                config,
                client_capabilities,
            });
            failures.push(...refusals(answer, shape, context));
        }
        return { inputs, failures };
    }

    async diff(request: DiffRequest, context: CallContext): Promise<Diff> {
        const { schema, calls } = await this.resource(request.type, context);
        const prior = await calls.upgrade(fromOutputs(schema, request.id, request.oldOutputs));
        const inputs = holdIgnored(request.newInputs, request.oldOutputs, request.ignoreChanges);
        const config = toObject(schema.shape, inputs, "", []);
        const { planned, requiresReplace } = await calls.plan(prior, config);
        const detailed = planDifference(schema.shape, prior.state, planned ?? {}, config, requiresReplace);
        const namedByProgram = hasName(schema.shape) && !choseName(request.newInputs);
        return { detailed, ...(isReplacement(detailed) && namedByProgram && { deleteBeforeReplace: true }) };
    }

    async create(request: CreateRequest, context: CallContext): Promise<{ id: string; outputs: Properties }> {
        const { schema, calls } = await this.resource(request.type, context);
        const config = toObject(schema.shape, request.inputs, "", []);
        const plan = await calls.plan(undefined, config);
        if (request.preview) {
            const state = plan.planned ?? {};
            return { id: "", outputs: toOutputs(schema, { state, private: new Uint8Array(), version: 0 }) };
        }
        const stored = await this.settled(schema, calls, await calls.apply(undefined, config, plan), request.inputs);
        return { id: idOf(schema, stored.state), outputs: toOutputs(schema, stored) };
    }

    async update(request: UpdateRequest, context: CallContext): Promise<{ outputs: Properties }> {
        const { schema, calls } = await this.resource(request.type, context);
        const prior = await calls.upgrade(fromOutputs(schema, request.id, request.oldOutputs));
        const inputs = holdIgnored(request.inputs, request.oldOutputs, request.ignoreChanges);
        const config = toObject(schema.shape, inputs, "", []);
        const plan = await calls.plan(prior, config);
        const state = plan.planned ?? {};
        if (request.preview) return { outputs: toOutputs(schema, { ...prior, state }) };
        // The engine also updates what failed to become ready before, where there may be nothing left to do.
        if (sameValue(prior.state, state)) return { outputs: toOutputs(schema, prior) };
        return {
            outputs: toOutputs(
                schema,
                await this.settled(schema, calls, await calls.apply(prior, config, plan), request.inputs),
            ),
        };
    }

    async read(request: ReadRequest, context: CallContext): Promise<Read> {
        const { schema, calls } = await this.resource(request.type, context);
        if (Object.keys(request.oldOutputs).length === 0) return this.import(schema, calls, request.id);
        const before = await calls.upgrade(fromOutputs(schema, request.id, request.oldOutputs));
        const after = await calls.read(before);
        if (!after) return undefined;
        const outputs = toOutputs(schema, after);
        const inputs = followDrift(schema.shape, request.oldInputs, toOutputs(schema, before), outputs);
        return { id: idOf(schema, after.state) || request.id, inputs, outputs };
    }

    async delete(request: DeleteRequest, context: CallContext): Promise<void> {
        const { schema, calls } = await this.resource(request.type, context);
        const prior = await calls.upgrade(fromOutputs(schema, request.id, request.oldOutputs));
        const plan = await calls.plan(prior, undefined);
        const { failure } = await calls.apply(prior, undefined, plan);
        if (failure !== "") throw new Error(failure);
    }

    invoke(token: string, args: Properties, context: CallContext): ReturnType<NonNullable<Provider["invoke"]>> {
        return this.instance.invoke(token, args, context);
    }

    close(): Promise<void> {
        return this.instance.close();
    }

    private async resource(token: string, context: CallContext): Promise<{ schema: TypeSchema; calls: ResourceCalls }> {
        const schema = await this.instance.resource(token);
        return { schema, calls: new ResourceCalls(await this.instance.process(), schema, context) };
    }

    /**
     * What was made. After a failure the provider's word is no proof (its older half answers with the state that was
     * planned), so the world is read once more: the next run then sees what is missing and finishes it.
     * @throws the failure: as one of initialization when something is there, else plainly.
     */
    private async settled(
        schema: TypeSchema,
        calls: ResourceCalls,
        outcome: Outcome,
        inputs: Properties,
    ): Promise<Stored> {
        const { stored, failure } = outcome;
        if (failure === "" && stored) return stored;
        if (!stored || idOf(schema, stored.state) === "") throw new Error(failure || "the provider made nothing");
        const found = await calls.readAfterFailure(stored).catch(() => stored);
        if (!found) throw new Error(failure);
        throw new InitializationError(idOf(schema, found.state), toOutputs(schema, found), inputs, [failure]);
    }

    /** Settings that only steer the provider, such as time limits, are on no host: an import takes their defaults. */
    private async import(schema: TypeSchema, calls: ResourceCalls, id: string): Promise<Read> {
        const found = await calls.import(id);
        if (!found) return undefined;
        const inputs = inputsOf(schema.shape, toOutputs(schema, found));
        const config = toObject(schema.shape, inputs, "", []);
        const { planned } = await calls.plan(found, config);
        const state = withDefaults(found.state, planned ?? {}, config);
        return { id: idOf(schema, state), inputs, outputs: toOutputs(schema, { ...found, state }) };
    }
}

function hasName(shape: ObjectShape): boolean {
    return shape.fields.some((field) => field.name === "name" && field.input && field.shape.kind === "string");
}

function choseName(inputs: Properties): boolean {
    const chosen = inputs[DEFAULTS];
    return Array.isArray(chosen) && chosen.includes("name");
}

/** The released bridge names every resource that has a `name` and is given none: logical name and 7 hex digits. */
function nameWhereOpen(shape: ObjectShape, { name, news, olds, randomSeed }: CheckRequest): Properties {
    const given = news["name"];
    if (!hasName(shape) || (given !== undefined && given !== null)) return news;
    const before = choseName(olds) ? olds["name"] : undefined;
    return { ...news, name: before ?? autoName(name, randomSeed, { randomLength: 7 }), [DEFAULTS]: ["name"] };
}
