/** Stands where a value is decided only while the engine creates things. */
export const undecided: unique symbol = Symbol("undecided");

/** A value without the marks that the engine's wire format puts around it. */
export interface Peeled {
    /** `undecided`, or what was inside the marks. */
    readonly value: unknown;
    /** Whether it was marked as a secret. The engine unwraps secrets before a policy sees them; a captured graph has them. */
    readonly secret: boolean;
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
export const markKey = "4dabf18193072939515e22adb298388d";
export const secretMark = "1b47061264138c4ac30d75fd1eb44270";
const outputMark = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** Takes the marks off one value; what is inside it keeps its own. */
export function peel(raw: unknown): Peeled {
    if (unknownTexts.has(raw) || raw === undecided) return { value: undecided, secret: false };
    if (!isMap(raw)) return { value: raw, secret: false };
    const mark = member(raw, markKey);
    if (mark !== secretMark && mark !== outputMark) return { value: raw, secret: false };
    const inside = "value" in raw ? peel(member(raw, "value")) : { value: undecided, secret: false };
    return { value: inside.value, secret: inside.secret || mark === secretMark || member(raw, "secret") === true };
}

/** One member of a list or map. The SDK's proxy throws as soon as an unknown is touched; here that is a value like others. */
export function member(container: object, key: string | number): unknown {
    try {
        return Object.hasOwn(container, key) ? Reflect.get(container, key) : undefined;
    } catch (error) {
        if (error instanceof Error && "unknownTypeSentinel" in error) return undecided;
        throw error;
    }
}

export function isList(value: unknown): value is readonly unknown[] {
    return Array.isArray(value);
}

export function isMap(value: unknown): value is object {
    return typeof value === "object" && value !== null && !isList(value);
}
