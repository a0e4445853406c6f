import type { Properties, Value } from "../kit/provider";
import { isProperties } from "../kit/values";
import type { TypeSchema } from "./schema";
import { fromObject, toObject } from "./values";

/** A resource as Terraform remembers it. */
export interface Stored {
    /** In Terraform's form. */
    readonly state: Properties;
    /** What the provider wants back with the next call; only it can read it. */
    readonly private: Uint8Array;
    /** Version of the schema that the state was written with. */
    readonly version: number;
}

/** Where the released bridge, too, keeps what is no property: JSON text, hidden by the engine. */
const META = "__meta";

/** Attributes that stand for an id where a resource has none. */
const ID_ATTRIBUTES: Readonly<Record<string, string>> = {
    proxmox_acme_account: "name",
    proxmox_virtual_environment_acme_account: "name",
    proxmox_acme_dns_plugin: "plugin",
    proxmox_virtual_environment_acme_dns_plugin: "plugin",
};

/** The id under which the engine remembers a state; empty where it has none (yet). */
export function idOf(schema: TypeSchema, state: Properties): string {
    const id = state[ID_ATTRIBUTES[schema.type] ?? "id"];
    return typeof id === "string" || typeof id === "number" ? String(id) : "";
}

export function toOutputs(schema: TypeSchema, stored: Stored): Properties {
    const meta: Properties = {};
    if (stored.version > 0) meta["schema_version"] = String(stored.version);
    // "null" is how the provider's older half says that it has nothing to keep.
    const secret = Buffer.from(stored.private);
    if (secret.length > 0 && secret.toString("latin1") !== "null") meta["private"] = secret.toString("base64");
    const outputs = fromObject(schema.shape, stored.state);
    return Object.keys(meta).length > 0 ? { ...outputs, [META]: JSON.stringify(meta) } : outputs;
}

/** Properties that this version of the schema does not know are dropped. */
export function fromOutputs(schema: TypeSchema, id: string, outputs: Properties): Stored {
    const text = outputs[META];
    const parsed: unknown = typeof text === "string" ? JSON.parse(text) : {};
    const meta = isMeta(parsed) ? parsed : {};
    const state = toObject(schema.shape, outputs, "", []);
    if (state["id"] === null) state["id"] = id;
    return {
        state,
        private: Buffer.from(meta.private ?? "", "base64"),
        version: Number(meta.schema_version ?? 0),
    };
}

function isMeta(value: unknown): value is { schema_version?: string; private?: string } {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A state with the plain values that a plan would add although no program asked for them. All in Terraform's form. */
export function withDefaults(state: Properties, planned: Properties, config: Properties): Properties {
    const filled = { ...state };
    for (const [key, value] of Object.entries(planned)) {
        const open = (filled[key] ?? null) === null && (config[key] ?? null) === null;
        if (open && typeof value !== "object") filled[key] = value;
    }
    return filled;
}

/**
 * A state as read anew, with nothing, empty text and an empty list written as before: the provider's older half does
 * not keep them apart, and none of them is a change.
 */
export function keepEmptiness(before: Value, after: Value): Value {
    if (isEmpty(before) && isEmpty(after)) return before;
    if (Array.isArray(before) && Array.isArray(after)) {
        return after.map((item, index) => keepEmptiness(before[index] ?? null, item));
    }
    if (!isProperties(before) || !isProperties(after)) return after;
    return Object.fromEntries(
        Object.entries(after).map(([key, value]) => [key, keepEmptiness(before[key] ?? null, value)]),
    );
}

function isEmpty(value: Value): boolean {
    return value === null || value === "" || (Array.isArray(value) && value.length === 0);
}
