/** Properties of a resource, as JSON has them. */
export type Values = Readonly<Record<string, unknown>>;

/** How the engine signs a secret in JSON (sdk/go/common/resource/sig). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
/** What the engine writes for a value that is known only after the run. */
const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What stands for a secret, as the engine's own display has it. */
export const SECRET_MARK = "[secret]";
/** What stands for a value that nobody knows before the run. */
export const UNKNOWN_MARK = "[known after the run]";

export function isValues(value: unknown): value is Values {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Values without the engine's wrappings: a secret becomes its mark, whatever is in it. */
export function plainValues(values: Values): Values {
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, plain(value)]));
}

function plain(value: unknown): unknown {
    if (value === UNKNOWN_TEXT) return UNKNOWN_MARK;
    if (Array.isArray(value)) return value.map(plain);
    if (!isValues(value)) return value;
    return value[SIGNATURE] === SECRET_SIGNATURE ? SECRET_MARK : plainValues(value);
}

/** Every secret that stands in a JSON value in plain, for example in `pulumi stack export --show-secrets`. */
export function plaintextsIn(value: unknown): string[] {
    if (Array.isArray(value)) return value.flatMap(plaintextsIn);
    if (!isValues(value)) return [];
    if (value[SIGNATURE] !== SECRET_SIGNATURE) return Object.values(value).flatMap(plaintextsIn);
    const { plaintext, value: inner } = value;
    if (typeof plaintext === "string") return textsIn(parsed(plaintext));
    return textsIn(inner);
}

/** Every text in a JSON value. */
export function textsIn(value: unknown): string[] {
    if (typeof value === "string") return [value];
    if (Array.isArray(value)) return value.flatMap(textsIn);
    return isValues(value) ? Object.values(value).flatMap(textsIn) : [];
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}
