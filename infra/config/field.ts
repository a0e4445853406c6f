import { z } from "zod";

/**
 * The words in which a mistake in a field is told: `<path>: <value> is not <is> (<rule>); <write>`.
 * A schema carries them beside its description, so that message and documentation have one source.
 */
export interface FieldWords {
    /** What a right value is, after "is not": `an IPv4 address`. */
    readonly is: string;
    /** Why only such a value is right. */
    readonly rule: string;
    /** What to write instead, in the imperative; may use the wrong value for a proposal. */
    readonly write: string | ((value: unknown) => string);
}

/** The words of every field, by schema; the reference documentation reads the rules from here too. */
export const fieldWords = z.registry<FieldWords>();

/**
 * Gives a schema its meaning (shown in the reference) and the words for a wrong value.
 *
 * @param schema what the value must be
 * @param meaning what the setting means, with its unit
 * @param words how a mistake is told
 */
export function field<S extends z.ZodType>(schema: S, meaning: string, words: FieldWords): S {
    const described = schema.describe(meaning);
    fieldWords.add(described, words);
    return described;
}

/** Yes or no; YAML's `true` and `false` without quotes. */
export function flag(meaning: string) {
    return field(z.boolean(), meaning, {
        is: "true or false",
        rule: "a switch is on or off",
        write: "write true or false without quotes",
    });
}

/** A whole number with bounds, both inclusive. `unit` is named in the messages: `GiB`, `cores`. */
export function count(meaning: string, bounds: { min: number; max: number; unit?: string; rule: string }) {
    const unit = bounds.unit === undefined ? "" : ` of ${bounds.unit}`;
    const range = `from ${bounds.min} to ${bounds.max}`;
    return field(z.number().int().min(bounds.min).max(bounds.max), meaning, {
        is: `a whole number${unit} ${range}`,
        rule: bounds.rule,
        write: (value) => `write a whole number ${range}${typeof value === "string" ? ", without quotes or unit" : ""}`,
    });
}

/** A size in GiB (1024 MiB), a whole number. */
export function gibibytes(meaning: string, bounds: { min: number; max: number; rule: string }) {
    return count(meaning, { ...bounds, unit: "GiB" });
}

/** Text of a given form. */
export function text(pattern: RegExp, meaning: string, words: FieldWords) {
    return field(z.string().regex(pattern), meaning, words);
}

/** A setting with a fixed set of words to choose from. */
export function choice<const V extends readonly [string, ...string[]]>(values: V, meaning: string, rule: string) {
    const listed = values.join(" or ");
    return field(z.enum(values), meaning, { is: listed, rule, write: `write ${listed}` });
}

/** A list; `bounds.min` says how many entries it has at least. */
export function list<S extends z.ZodType>(
    entry: S,
    meaning: string,
    bounds: { min: number; max: number; rule: string },
) {
    return field(z.array(entry).min(bounds.min).max(bounds.max), meaning, {
        is: "a list",
        rule: bounds.rule,
        write: `write a list of ${bounds.min} to ${bounds.max} entries`,
    });
}

/** A group of settings; a key that it does not know is a mistake, never ignored. */
export function group<S extends z.ZodRawShape>(meaning: string, shape: S) {
    const required = Object.entries(shape).flatMap(([key, schema]) =>
        z.safeParse(schema, undefined).success ? [] : [key],
    );
    const named = required.length > 0 ? required : Object.keys(shape);
    return field(z.strictObject(shape), meaning, {
        is: "a group of settings",
        rule: "a group has its settings below it, indented",
        write: `write it with ${named.map((key) => `${key}:`).join(" ")} below`,
    });
}

/** The word that tells one kind of a group from the others. Its meaning is that of the kind. */
export function kind<const K extends string>(word: K, meaning: string) {
    return field(z.literal(word), meaning, { is: word, rule: "each kind has its settings", write: `write ${word}` });
}

/** Groups of settings of which `kind` chooses one; what belongs to another kind is a mistake. */
export function kinds<const G extends readonly [z.core.$ZodTypeDiscriminable, ...z.core.$ZodTypeDiscriminable[]]>(
    groups: G,
    meaning: string,
    words: { readonly rule: string; readonly write: string },
) {
    return field(z.discriminatedUnion("kind", groups), meaning, { is: "a group of settings", ...words });
}
