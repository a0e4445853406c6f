import { decode, encode, ExtensionCodec } from "@msgpack/msgpack";
import { type CheckFailure, type Properties, Unknown, type Value } from "../kit/provider";
import { isProperties } from "../kit/values";
import type { DynamicValue } from "./protocol";
import type { ObjectShape, Shape } from "./schema";

/*
 * Three forms of a value: Pulumi's (camel case, nothing where Terraform has null, single blocks as objects),
 * Terraform's (every attribute present) and Terraform's on the wire (msgpack). The first two share the type `Value`.
 */

const UNKNOWN_EXTENSION = 0;
/** An unknown of which Terraform knows something, such as "not null". */
const REFINED_UNKNOWN_EXTENSION = 12;

const codec = new ExtensionCodec();
codec.register({
    type: UNKNOWN_EXTENSION,
    encode: (value) => (value instanceof Unknown ? new Uint8Array([0]) : null),
    decode: () => Unknown.value,
});
codec.register({ type: REFINED_UNKNOWN_EXTENSION, encode: () => null, decode: () => Unknown.value });

/** Terraform's form as it goes over the wire. */
export function pack(value: Value): DynamicValue {
    return { msgpack: encode(value, { extensionCodec: codec }) };
}

/** The wire's form as Terraform's; nothing at all is null. */
export function unpack(wire: DynamicValue | null): Value {
    return wire && wire.msgpack.length > 0 ? (decode(wire.msgpack, { extensionCodec: codec }) as Value) : null;
}

/** Pulumi's form as Terraform's. What does not fit is left out and told in `failures`, by its path. */
export function toTerraform(shape: Shape, value: Value | undefined, path: string, failures: CheckFailure[]): Value {
    const refuse = (expected: string): Value => {
        failures.push({ property: path, reason: `${expected} is expected here, not ${describe(value)}` });
        return null;
    };
    if (value instanceof Unknown) return value;
    if (shape.kind === "list" || shape.kind === "set") {
        if (value === undefined || value === null) return shape.block ? [] : null;
        if (shape.single) return [toTerraform(shape.element, value, path, failures)];
        if (!Array.isArray(value)) return refuse("a list");
        return value.map((item, index) => toTerraform(shape.element, item, `${path}[${index}]`, failures));
    }
    if (value === undefined || value === null) return null;
    switch (shape.kind) {
        case "object":
            return isProperties(value) ? toObject(shape, value, path, failures) : refuse("an object");
        case "map": {
            if (!isProperties(value)) return refuse("a map");
            const entries = Object.entries(value).map(
                ([key, item]) => [key, toTerraform(shape.element, item, `${path}["${key}"]`, failures)] as const,
            );
            return Object.fromEntries(entries);
        }
        case "dynamic":
            return [JSON.stringify(typeOf(value)), value];
        case "string":
            return typeof value === "object" ? refuse("a string") : String(value);
        case "number": {
            const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
            return typeof number === "number" && !Number.isNaN(number) ? number : refuse("a number");
        }
        case "bool":
            if (value === "true" || value === "false") return value === "true";
            return typeof value === "boolean" ? value : refuse("true or false");
    }
}

/** An object with all its attributes. Keys beginning with `__` are the engine's and the bridge's own. */
export function toObject(shape: ObjectShape, value: Properties, path: string, failures: CheckFailure[]): Properties {
    const known = new Set(shape.fields.map((field) => field.name));
    for (const key of Object.keys(value)) {
        if (known.has(key) || key.startsWith("__")) continue;
        const similar = [...known].filter((name) => name.startsWith(key.slice(0, 3)));
        const hint = similar.length > 0 ? `; perhaps ${similar.join(" or ")} is meant` : "";
        failures.push({ property: join(path, key), reason: `there is no such property${hint}` });
    }
    const object: Properties = {};
    for (const field of shape.fields) {
        object[field.key] = toTerraform(field.shape, value[field.name], join(path, field.name), failures);
    }
    return object;
}

/** Terraform's form as Pulumi's; `undefined` where Pulumi has no property. */
function fromTerraform(shape: Shape, value: Value | undefined): Value | undefined {
    if (value === undefined || value === null) return undefined;
    if (value instanceof Unknown) return value;
    switch (shape.kind) {
        case "list":
        case "set":
            if (!Array.isArray(value)) return undefined;
            if (shape.single) return fromTerraform(shape.element, value[0]);
            return value.map((item) => fromTerraform(shape.element, item) ?? null);
        case "map":
            return isProperties(value) ? mapProperties(value, (item) => fromTerraform(shape.element, item)) : undefined;
        case "object":
            return isProperties(value) ? fromObject(shape, value) : undefined;
        case "dynamic":
            return Array.isArray(value) ? value[1] : undefined;
        case "string":
        case "number":
        case "bool":
            return value;
    }
}

export function fromObject(shape: ObjectShape, value: Properties): Properties {
    const object: Properties = {};
    for (const field of shape.fields) {
        const converted = fromTerraform(field.shape, value[field.key]);
        if (converted !== undefined) object[field.name] = converted;
    }
    return object;
}

function mapProperties(value: Properties, convert: (item: Value) => Value | undefined): Properties {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, convert(item) ?? null]));
}

export function join(path: string, key: string): string {
    return path === "" ? key : `${path}.${key}`;
}

function typeOf(value: Value): unknown {
    if (Array.isArray(value)) return ["tuple", value.map(typeOf)];
    if (isProperties(value)) {
        return ["object", Object.fromEntries(Object.entries(value).map(([key, item]) => [key, typeOf(item)]))];
    }
    return typeof value === "boolean" ? "bool" : typeof value === "number" ? "number" : "string";
}

/** Never the value itself: it may be a secret. */
function describe(value: Value | undefined): string {
    if (Array.isArray(value)) return "a list";
    if (isProperties(value)) return "an object";
    return value === undefined || value === null ? "nothing" : `a ${typeof value}`;
}
