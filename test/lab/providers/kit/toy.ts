import { textOf } from "../../../../lab/plain-values";
import { autoName } from "../../../../lab/providers/kit/naming";
import { diffProperties } from "../../../../lab/providers/kit/diff";
import {
    type CallContext,
    InitializationError,
    type Properties,
    type Provider,
    Unknown,
} from "../../../../lab/providers/kit/provider";

/** What a toy plugin keeps: the "outside" that it manages, and what it was told. */
export class ToyWorld {
    readonly things = new Map<string, Properties>();
    readonly settings: Properties[] = [];
    /** Calls that wait until they are cancelled, by the URN's last part. */
    readonly cancelled: string[] = [];
    closed = 0;
}

/** The type of the toy plugin's only resource. */
export const thing = "toy:index:Thing";

/**
 * A plugin small enough to see through: `name` replaces, `text` updates, `fail` makes a half-ready thing, `wait` waits
 * until it is cancelled, `echo` of the outputs is `text` under another name and `token` is always secret.
 */
export function toyProvider(world: ToyWorld): Provider {
    let counter = 0;
    const outputs = (inputs: Properties): Properties => ({
        ...inputs,
        echo: inputs["text"] ?? null,
        token: inputs["text"] instanceof Unknown ? Unknown.value : `token of ${textOf(inputs["text"])}`,
    });
    const settle = async (id: string, urn: string, inputs: Properties, context: CallContext): Promise<Properties> => {
        world.things.set(id, inputs);
        if (inputs["wait"] === true) {
            context.log("info", "waiting for the end of the world", { ephemeral: true });
            await new Promise<void>((resolve) => context.signal.addEventListener("abort", () => resolve()));
            world.cancelled.push(urn.split("::").at(-1) ?? "");
            throw new InitializationError(id, outputs(inputs), inputs, ["was cancelled while it waited"]);
        }
        if (inputs["fail"] === true) {
            const reasons = ["0/6 nodes are available: 6 Insufficient memory", "a second reason"];
            throw new InitializationError(id, outputs(inputs), inputs, reasons);
        }
        return outputs(inputs);
    };
    return {
        configure: async (settings) => {
            world.settings.push(settings);
        },
        check: async ({ name, olds, news, randomSeed }) => {
            const text = news["text"];
            const failures =
                typeof text === "number"
                    ? [{ property: "text", reason: `must be a text, is ${text}; put it in quotes` }]
                    : [];
            const chosen = news["name"] ?? olds["name"] ?? autoName(name, randomSeed, { randomLength: 7 });
            return { inputs: { ...news, name: chosen }, failures };
        },
        diff: async ({ oldInputs, newInputs, ignoreChanges }) => ({
            detailed: diffProperties(oldInputs, newInputs, { ignoreChanges, replaceOn: ["name"] }),
            deleteBeforeReplace: newInputs["deleteFirst"] === true,
        }),
        create: async ({ urn, inputs, preview }, context) => {
            if (preview) {
                return { id: "", outputs: { ...outputs(inputs), serial: Unknown.value } };
            }
            const id = `thing-${++counter}-${textOf(inputs["name"])}`;
            context.log("info", `made ${id}`);
            return { id, outputs: { ...(await settle(id, urn, inputs, context)), serial: counter } };
        },
        update: async ({ id, urn, inputs, oldOutputs, preview }, context) => ({
            outputs: preview
                ? { ...outputs(inputs), serial: oldOutputs["serial"] ?? null }
                : { ...(await settle(id, urn, inputs, context)), serial: oldOutputs["serial"] ?? null },
        }),
        read: async ({ id, oldOutputs }) => {
            const found = world.things.get(id);
            return found && { id, inputs: found, outputs: { ...outputs(found), serial: oldOutputs["serial"] ?? 0 } };
        },
        delete: async ({ id }) => {
            world.things.delete(id);
        },
        invoke: async (token, args) => ({
            outputs: { token, shouted: textOf(args["text"]).toUpperCase() },
            failures: [],
        }),
        secretProperties: () => ["token"],
        close: async () => {
            world.closed++;
        },
    };
}

/** A program's beginning: the class `Thing` as an SDK would declare it. */
export const toySdk = `
const pulumi = require("@pulumi/pulumi");
class Thing extends pulumi.CustomResource {
    constructor(name, args, opts) {
        super("${thing}", name, { echo: undefined, token: undefined, serial: undefined, name: undefined, ...args }, opts);
    }
}
`;
