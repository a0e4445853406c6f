import type { CallContext, Properties, Value } from "../kit/provider";
import { isProperties } from "../kit/values";
import { assertAccepted, refusals, sentence } from "./diagnostics";
import type { TerraformProcess } from "./process";
import { proposeState } from "./propose";
import type { AttributePath } from "./protocol";
import type { TypeSchema } from "./schema";
import { keepEmptiness, type Stored } from "./stored";
import { pack, unpack } from "./values";

/** What the provider intends. */
export interface Plan {
    /** `undefined` when the resource is going to be deleted. */
    readonly planned: Properties | undefined;
    readonly private: Uint8Array;
    readonly requiresReplace: readonly AttributePath[];
}

/** What the provider did: as far as it came, and why no further. */
export interface Outcome {
    /** `undefined` when the resource does not exist. */
    readonly stored: Stored | undefined;
    /** Empty when all went well. */
    readonly failure: string;
}

const NOTHING = new Uint8Array();

/** Terraform's calls about one resource. */
export class ResourceCalls {
    constructor(
        private readonly process: TerraformProcess,
        private readonly schema: TypeSchema,
        private readonly context: CallContext,
    ) {}

    /** @param prior `undefined` to create. @param config `undefined` to delete. */
    async plan(prior: Stored | undefined, config: Properties | undefined): Promise<Plan> {
        const proposed = config ? proposeState(this.schema.shape, prior?.state ?? null, config) : null;
        const answer = await this.process.call("PlanResourceChange", {
            type_name: this.schema.type,
            prior_state: pack(prior?.state ?? null),
            proposed_new_state: pack(proposed),
            config: pack(config ?? null),
            prior_private: prior?.private ?? NOTHING,
        });
        assertAccepted(answer, this.schema.shape, this.context);
        return {
            planned: asState(unpack(answer.planned_state)),
            private: answer.planned_private,
            requiresReplace: answer.requires_replace,
        };
    }

    async apply(prior: Stored | undefined, config: Properties | undefined, plan: Plan): Promise<Outcome> {
        const answer = await this.process.call(
            "ApplyResourceChange",
            {
                type_name: this.schema.type,
                prior_state: pack(prior?.state ?? null),
                planned_state: pack(plan.planned ?? null),
                config: pack(config ?? null),
                planned_private: plan.private,
            },
            this.context.signal,
        );
        const failure = sentence(refusals(answer, this.schema.shape, this.context));
        return { stored: this.stored(unpack(answer.new_state), answer.private), failure };
    }

    /** What there is now; `undefined` when the resource is gone. */
    read(prior: Stored): Promise<Stored | undefined> {
        return this.readUntil(prior, this.context.signal);
    }

    /** The same where what was asked for may have been cancelled already. */
    readAfterFailure(prior: Stored): Promise<Stored | undefined> {
        return this.readUntil(prior, undefined);
    }

    private async readUntil(prior: Stored, signal: AbortSignal | undefined): Promise<Stored | undefined> {
        const answer = await this.process.call(
            "ReadResource",
            { type_name: this.schema.type, current_state: pack(prior.state), private: prior.private },
            signal,
        );
        assertAccepted(answer, this.schema.shape, this.context);
        return this.stored(keepEmptiness(prior.state, unpack(answer.new_state)), answer.private);
    }

    /** @throws when the id is not of the form that the resource expects, or nothing has it. */
    async import(id: string): Promise<Stored | undefined> {
        const answer = await this.process.call("ImportResourceState", { type_name: this.schema.type, id });
        assertAccepted(answer, this.schema.shape, this.context);
        const imported = answer.imported_resources.find(({ type_name }) => type_name === this.schema.type);
        const stored = imported && this.stored(unpack(imported.state), imported.private);
        return stored && this.read(stored);
    }

    /** Brings a state that an older provider wrote to today's form. */
    async upgrade(stored: Stored): Promise<Stored> {
        if (stored.version === this.schema.version) return stored;
        const answer = await this.process.call("UpgradeResourceState", {
            type_name: this.schema.type,
            version: stored.version,
            raw_state: { json: Buffer.from(JSON.stringify(stored.state)) },
        });
        assertAccepted(answer, this.schema.shape, this.context);
        return this.stored(unpack(answer.upgraded_state), stored.private) ?? stored;
    }

    private stored(state: Value, secret: Uint8Array): Stored | undefined {
        return isProperties(state) ? { state, private: secret, version: this.schema.version } : undefined;
    }
}

function asState(value: Value): Properties | undefined {
    return isProperties(value) ? value : undefined;
}
