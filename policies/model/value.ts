/** Stands where a value is decided only while the engine creates things. */
export const unknown: unique symbol = Symbol("unknown");

/** A property value with unknowns marked and secrets unwrapped. */
export type Value =
    | undefined
    | null
    | boolean
    | number
    | string
    | typeof unknown
    | readonly Value[]
    | { readonly [key: string]: Value };

/** A value together with the secret texts that were found in it, so that no message can show one. */
export interface Reading {
    readonly value: Value;
    readonly secrets: readonly string[];
}

// The words of the engine's wire format: one text for each type of unknown, and the key and values of a marked object.
const unknownTexts: ReadonlySet<unknown> = new Set([
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);
const markKey = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";
const outputMark = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/**
 * Reads properties without ever failing on an unknown: neither on the engine's sentinel texts, nor on the SDK's proxy, which
 * throws as soon as an unknown is touched.
 */
export function readValue(raw: unknown): Reading {
    const secrets: string[] = [];
    return { value: read(raw, secrets, false), secrets };
}

function read(raw: unknown, secrets: string[], secret: boolean): Value {
    if (unknownTexts.has(raw)) return unknown;
    if (typeof raw === "string") {
        if (secret && raw !== "") secrets.push(raw);
        return raw;
    }
    if (raw === null || typeof raw === "boolean" || typeof raw === "number") return raw;
    if (typeof raw !== "object") return undefined;
    if (Array.isArray(raw)) return Array.from(raw.keys(), (index) => member(raw, index, secrets, secret));
    const mark = member(raw, markKey, secrets, false);
    if (mark === secretMark) return member(raw, "value", secrets, true);
    if (mark === outputMark) {
        return "value" in raw ? member(raw, "value", secrets, secret || Reflect.get(raw, "secret") === true) : unknown;
    }
    return Object.fromEntries(Object.keys(raw).map((key) => [key, member(raw, key, secrets, secret)]));
}

function member(container: object, key: string | number, secrets: string[], secret: boolean): Value {
    let raw: unknown;
    try {
        raw = Reflect.get(container, key);
    } catch (error) {
        if (error instanceof Error && "unknownTypeSentinel" in error) return unknown;
        throw error;
    }
    return read(raw, secrets, secret);
}
