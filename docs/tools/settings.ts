import { z } from "zod";
import { fieldWords, type FieldWords } from "../../infra/config/field";

/** One key of the configuration, as the reference tells it. */
export interface Setting {
    /** As the messages write it: `network.lan.cidr`, `hosts[].name`. */
    readonly path: string;
    readonly meaning: string;
    /** What a right value is, with its unit: `a whole number of GiB from 20 to 16384`. */
    readonly value: string;
    /** Why only such a value is right; `undefined` where the value says it all. */
    readonly rule: string | undefined;
    /** As YAML has it; `undefined` where there is none. */
    readonly fallback: string | undefined;
    readonly required: boolean;
    readonly kind: "group" | "list of groups" | "value";
}

/** The part of JSON Schema that the configuration uses, with the words of its fields. */
interface SchemaNode {
    readonly type?: string;
    readonly description?: string;
    readonly default?: unknown;
    readonly properties?: Readonly<Record<string, SchemaNode>>;
    readonly required?: readonly string[];
    readonly items?: SchemaNode;
    /** The kinds of a choice. */
    readonly oneOf?: readonly SchemaNode[];
    readonly const?: unknown;
    readonly minItems?: number;
    readonly maxItems?: number;
    readonly words?: FieldWords;
}

/**
 * Every setting of an area, the area itself first, in the order of the file.
 * @throws Error for a setting without a meaning or without words for a wrong value.
 */
export function settingsOf(area: string, schema: z.ZodType): Setting[] {
    const root: SchemaNode = describedSchema(schema);
    return walk(root, area, true);
}

/** The schema as JSON, each part with the words in which a mistake in it is told. */
function describedSchema(schema: z.ZodType): Record<string, unknown> {
    return z.toJSONSchema(schema, {
        io: "input",
        unrepresentable: "any",
        override: ({ zodSchema, jsonSchema }) => {
            const words = fieldWords.get(zodSchema);
            if (words !== undefined) jsonSchema["words"] = words;
        },
    });
}

function walk(node: SchemaNode, path: string, required: boolean): Setting[] {
    const own = setting(node, path, required);
    if (node.items?.properties !== undefined) return [own, ...members(node.items, `${path}[]`)];
    return [own, ...members(node, path)];
}

function members(node: SchemaNode, path: string): Setting[] {
    if (node.oneOf !== undefined) return node.oneOf.flatMap((one) => ofKind(one, path));
    return Object.entries(node.properties ?? {}).flatMap(([key, member]) =>
        walk(member, `${path}.${key}`, node.required?.includes(key) === true),
    );
}

/** The settings of one kind of a choice: the line of its `kind` says what the kind is, the others that they belong to it. */
function ofKind(node: SchemaNode, path: string): Setting[] {
    const kind = JSON.stringify(node.properties?.["kind"]?.const ?? "").replaceAll('"', "");
    const [own, ...others] = members(node, path);
    const theirs = others.map((one) => ({ ...one, meaning: `With kind ${kind}: ${one.meaning}` }));
    return own === undefined ? [] : [{ ...own, required: true }, ...theirs];
}

function setting(node: SchemaNode, path: string, required: boolean): Setting {
    const { words, description } = node;
    if (words === undefined || description === undefined) {
        throw new Error(`${path}: has no meaning or no words (infra/config/field.ts); describe it there`);
    }
    const isGroup = node.properties !== undefined || node.oneOf !== undefined;
    // Of a group whose members all have defaults, the empty group is no news.
    const fallback = node.default === undefined || isGroup ? undefined : JSON.stringify(node.default);
    return {
        path,
        meaning: withoutDefault(description, fallback),
        value: node.type === "array" ? listWords(node) : words.is,
        rule: node.type === "boolean" ? undefined : words.rule,
        fallback: fallback?.replace(/^"(.*)"$/, "$1"),
        required,
        kind: isGroup ? "group" : node.items?.properties === undefined ? "value" : "list of groups",
    };
}

function listWords({ minItems = 0, maxItems, items }: SchemaNode): string {
    const entries = items?.properties === undefined ? `, each ${items?.words?.is ?? "a value"}` : "";
    return `a list of ${minItems} to ${maxItems ?? "any number of"} entries${entries}`;
}

/** The meaning without a sentence that only repeats the default, which has a column of its own. */
function withoutDefault(meaning: string, fallback: string | undefined): string {
    return fallback === undefined ? meaning : meaning.replace(/ Default: [^\s:;,]+\.(?= |$)/, "");
}
