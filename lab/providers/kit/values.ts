import { ListValue, NullValue, Struct, Value as ProtoValue } from "google-protobuf/google/protobuf/struct_pb";
import { type Properties, Unknown, type Value } from "./provider";

/** Strings that stand for a value not known yet, one for each type that the engine distinguishes. */
const unknownSentinels: ReadonlySet<string> = new Set([
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
]);
const unknownString = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Key that marks an object as something other than plain data, and its values for what we meet. */
const signatureKey = "4dabf18193072939515e22adb298388d";
const signatures = {
    secret: "1b47061264138c4ac30d75fd1eb44270",
    asset: "c44067f5952c0a294b673a41bacd8c17",
    archive: "0def7320c3a5731c473e5ecbe6d01bc7",
    resource: "5cf8f73096256a8f31e491e813e4eb8e",
    output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
} as const;

/** The engine's message as plain values: secrets unwrapped, sentinels as `Unknown`, files refused. */
export function fromStruct(struct: Struct | undefined): Properties {
    return struct === undefined ? {} : propertiesOf(struct, "");
}

function propertiesOf(struct: Struct, path: string): Properties {
    const properties: Properties = {};
    struct.getFieldsMap().forEach((value, key) => {
        properties[key] = valueOf(value, path === "" ? key : `${path}.${key}`);
    });
    return properties;
}

function valueOf(value: ProtoValue, path: string): Value {
    switch (value.getKindCase()) {
        case ProtoValue.KindCase.BOOL_VALUE:
            return value.getBoolValue();
        case ProtoValue.KindCase.NUMBER_VALUE:
            return value.getNumberValue();
        case ProtoValue.KindCase.STRING_VALUE: {
            const text = value.getStringValue();
            return unknownSentinels.has(text) ? Unknown.value : text;
        }
        case ProtoValue.KindCase.LIST_VALUE:
            return (value.getListValue()?.getValuesList() ?? []).map((item, index) =>
                valueOf(item, `${path}[${index}]`),
            );
        case ProtoValue.KindCase.STRUCT_VALUE:
            return objectOf(value.getStructValue() ?? new Struct(), path);
        default:
            return null;
    }
}

function objectOf(struct: Struct, path: string): Value {
    const fields = struct.getFieldsMap();
    switch (fields.get(signatureKey)?.getStringValue()) {
        case undefined:
            return propertiesOf(struct, path);
        case signatures.secret:
        case signatures.output: {
            const inner = fields.get("value");
            return inner === undefined ? Unknown.value : valueOf(inner, path);
        }
        case signatures.resource:
            return fields.get("id")?.getStringValue() || (fields.get("urn")?.getStringValue() ?? null);
        case signatures.asset:
        case signatures.archive:
            throw new Error(`${path}: a file or archive was given (stand-in plugins take plain values); give its text`);
        default:
            throw new Error(`${path}: a value of a kind that the stand-in plugins do not know; give a plain value`);
    }
}

/**
 * Plain values as the engine's message.
 * @param secretKeys top-level keys that are wrapped as secrets, whatever the program said about them.
 */
export function toStruct(
    properties: Readonly<Record<string, Value | undefined>>,
    secretKeys: readonly string[] = [],
): Struct {
    const struct = new Struct();
    const fields = struct.getFieldsMap();
    for (const [key, value] of Object.entries(properties)) {
        if (value !== undefined) {
            fields.set(key, toValue(secretKeys.includes(key) && value !== null ? wrapSecret(value) : value));
        }
    }
    return struct;
}

function wrapSecret(value: Value): Properties {
    return { [signatureKey]: signatures.secret, value };
}

function toValue(value: Value): ProtoValue {
    const message = new ProtoValue();
    if (value === null) {
        message.setNullValue(NullValue.NULL_VALUE);
    } else if (value instanceof Unknown) {
        message.setStringValue(unknownString);
    } else if (typeof value === "boolean") {
        message.setBoolValue(value);
    } else if (typeof value === "number") {
        message.setNumberValue(value);
    } else if (typeof value === "string") {
        message.setStringValue(value);
    } else if (Array.isArray(value)) {
        const list = new ListValue();
        list.setValuesList(value.map((item) => toValue(item ?? null)));
        message.setListValue(list);
    } else {
        message.setStructValue(toStruct(value));
    }
    return message;
}

/** Whether a value, or anything inside it, is not known yet. */
export function containsUnknown(value: Value): boolean {
    if (value instanceof Unknown) {
        return true;
    }
    if (Array.isArray(value)) {
        return value.some(containsUnknown);
    }
    return isProperties(value) && Object.values(value).some(containsUnknown);
}

/** Whether a value is an object of properties (not null, not a list, not unknown). */
export function isProperties(value: Value | undefined): value is Properties {
    return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Unknown);
}

/**
 * A provider's setting that is no string. The Node SDK sends every setting that is not a string as JSON text,
 * so `insecure: true` arrives as `"true"`; settings that are strings must not go through here.
 */
export function jsonSetting(setting: Value | undefined): Value | undefined {
    if (typeof setting !== "string" || setting === "") {
        return setting;
    }
    try {
        return JSON.parse(setting) as Value;
    } catch {
        return setting;
    }
}
