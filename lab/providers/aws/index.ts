import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { diffProperties, sameValue } from "../kit/diff";
import { autoName } from "../kit/naming";
import {
    type CheckFailure,
    type CheckRequest,
    type Diff,
    type DiffRequest,
    InitializationError,
    type Properties,
    type Provider,
    type ProviderFactory,
    type ReadRequest,
    Unknown,
} from "../kit/provider";
import { isProperties } from "../kit/values";
import type { AwsType } from "./aws-type";
import { type Clients, connectServices } from "./clients";
import { ecrTypes } from "./ecr";
import { iamTypes } from "./iam";
import { roleTypes } from "./roles";
import { s3Types } from "./s3";
import { asSaid } from "./shape";

const types: Readonly<Record<string, AwsType>> = { ...s3Types, ...ecrTypes, ...iamTypes, ...roleTypes };

const CALLER_IDENTITY = "aws:index/getCallerIdentity:getCallerIdentity";

function typeOf(token: string): AwsType {
    const found = types[token];
    if (found === undefined) {
        const known = Object.keys(types).join(", ");
        throw new Error(`${token}: the lab's stand-in for AWS does not know this type (it knows ${known})`);
    }
    return found;
}

/** Stand-in for the plugin `aws`, in front of an emulator: the types that the house uses, by the services' own calls. */
class AwsProvider implements Provider {
    private connected: Clients | undefined;

    async configure(settings: Properties): Promise<void> {
        this.connected = connectServices(settings);
    }

    async close(): Promise<void> {
        this.connected?.close();
    }

    secretProperties(token: string): readonly string[] {
        return types[token]?.secrets ?? [];
    }

    async check(request: CheckRequest): Promise<{ inputs: Properties; failures: CheckFailure[] }> {
        const type = typeOf(request.type);
        const inputs = named(type, request);
        return { inputs, failures: failuresOf(type, request.type, inputs) };
    }

    async diff(request: DiffRequest): Promise<Diff> {
        const type = typeOf(request.type);
        const { oldInputs, oldOutputs, newInputs, ignoreChanges } = request;
        const detailed = new Map(
            diffProperties(oldInputs, newInputs, {
                ignoreChanges,
                replaceOn: type.update === undefined ? () => true : type.replaceOn,
            }),
        );
        if (type.tagged === true && detailed.size === 0 && !ignoreChanges.includes("tags")) {
            const { tagsAll } = this.withAllTags(type, newInputs);
            if (!sameValue(oldOutputs["tagsAll"] ?? {}, tagsAll ?? {})) {
                detailed.set("tagsAll", { kind: "update", inputDiff: false });
            }
        }
        // Names that the program gave are taken until the old resource is gone.
        return { detailed, deleteBeforeReplace: true };
    }

    async create(request: { type: string; inputs: Properties; preview: boolean }) {
        const type = typeOf(request.type);
        const inputs = this.withAllTags(type, request.inputs);
        if (request.preview) {
            const unknown = Object.fromEntries(type.made.map((key) => [key, Unknown.value]));
            return { id: "", outputs: { ...inputs, ...unknown } };
        }
        const { id, told } = await explained(request.type, type.create(inputs, this.clients));
        const made = { ...inputs, ...told };
        // It exists from here on: whatever fails now must not lose it.
        const live = await type.read(id, this.clients, made).catch((error: unknown) => {
            throw new InitializationError(id, made, request.inputs, [String(error)]);
        });
        return { id, outputs: { ...made, ...live, ...request.inputs } };
    }

    async update(request: {
        type: string;
        id: string;
        inputs: Properties;
        oldInputs: Properties;
        oldOutputs: Properties;
        preview: boolean;
    }) {
        const type = typeOf(request.type);
        const inputs = this.withAllTags(type, request.inputs);
        const kept = Object.entries(request.oldOutputs).filter(([key]) => !(key in request.oldInputs));
        const outputs = { ...Object.fromEntries(kept), ...inputs };
        if (!request.preview) {
            await explained(request.type, type.update?.(request.id, inputs, this.clients) ?? Promise.resolve());
        }
        return { outputs };
    }

    async read({ type: token, id, oldInputs, oldOutputs }: ReadRequest) {
        const type = typeOf(token);
        const live = await explained(token, type.read(id, this.clients, oldOutputs));
        if (live === undefined) {
            return undefined;
        }
        if (type.tagged === true) {
            live["tags"] = this.ownTags(live["tagsAll"], oldInputs["tags"]);
        }
        const imported = Object.keys(oldOutputs).length === 0;
        const visible = [...type.takes, "tags"].filter((key) => key in live && (imported || key in oldInputs));
        const inputs = { ...oldInputs };
        for (const key of visible) {
            inputs[key] = asSaid(live[key], imported ? (live[key] ?? null) : (oldInputs[key] ?? null));
        }
        if (!imported && type.tagged === true && !("tags" in oldInputs) && !sameValue(live["tags"], {})) {
            inputs["tags"] = live["tags"] ?? {};
        }
        return { id, inputs, outputs: { ...oldOutputs, ...live, ...inputs } };
    }

    async delete({ type: token, id, oldInputs }: { type: string; id: string; oldInputs: Properties }): Promise<void> {
        await explained(token, typeOf(token).delete(id, oldInputs, this.clients));
    }

    async invoke(token: string): Promise<{ outputs: Properties; failures: CheckFailure[] }> {
        if (token !== CALLER_IDENTITY) {
            throw new Error(
                `${token}: the lab's stand-in for AWS does not know this function (it knows ${CALLER_IDENTITY})`,
            );
        }
        const { Account, Arn, UserId } = await explained(
            token,
            this.clients.sts.send(new GetCallerIdentityCommand({})),
        );
        const outputs = { accountId: Account ?? "", arn: Arn ?? "", userId: UserId ?? "", id: Account ?? "" };
        return { outputs, failures: [] };
    }

    private get clients(): Clients {
        if (this.connected === undefined) {
            throw new Error("the plugin aws has not been configured");
        }
        return this.connected;
    }

    private withAllTags(type: AwsType, inputs: Properties): Properties {
        if (type.tagged !== true) {
            return inputs;
        }
        const own = inputs["tags"] ?? {};
        return { ...inputs, tagsAll: isProperties(own) ? { ...this.clients.defaultTags, ...own } : own };
    }

    /** Live tags without those that only come from the plugin's default tags. */
    private ownTags(live: Properties[string] | undefined, said: Properties[string] | undefined): Properties {
        const { defaultTags } = this.clients;
        const kept = isProperties(said) ? said : {};
        const all = isProperties(live) ? live : {};
        return Object.fromEntries(
            Object.entries(all).filter(([key, value]) => key in kept || defaultTags[key] !== value),
        );
    }
}

function named(type: AwsType, { name, olds, news, randomSeed }: CheckRequest): Properties {
    if (type.naming === undefined || (news[type.naming.property] ?? null) !== null) {
        return news;
    }
    const { property, maxLength } = type.naming;
    const prefix = news[`${property}Prefix`];
    const base = (typeof prefix === "string" ? prefix.replace(/-$/, "") : name).toLowerCase();
    const chosen = olds[property] ?? autoName(base, randomSeed, { randomLength: 7, maxLength });
    return { ...news, [property]: chosen };
}

function failuresOf(type: AwsType, token: string, inputs: Properties): CheckFailure[] {
    const takes = [...type.takes, ...(type.tagged === true ? ["tags"] : [])];
    const unknown = Object.keys(inputs).filter((key) => !takes.includes(key) && inputs[key] !== null);
    const missing = (type.required ?? []).filter((key) => (inputs[key] ?? null) === null);
    return [
        ...unknown.map((property) => ({
            property,
            reason: `the lab's stand-in for ${token} does not understand it; it takes ${takes.join(", ")}`,
        })),
        ...missing.map((property) => ({ property, reason: "is missing (it is required)" })),
    ];
}

/** Errors of the services say little by themselves: which call, and whether the emulator was there at all. */
async function explained<Answer>(token: string, call: Promise<Answer>): Promise<Answer> {
    try {
        return await call;
    } catch (error) {
        if (!(error instanceof Error)) {
            throw error;
        }
        const code = "code" in error ? String(error.code) : "";
        throw code === "ECONNREFUSED"
            ? new Error(`${token}: the AWS emulator does not answer (${error.message}); run \`make up\``, {
                  cause: error,
              })
            : new Error(`${token}: ${error.name}: ${error.message}`, { cause: error });
    }
}

export const createProvider: ProviderFactory = () => new AwsProvider();
