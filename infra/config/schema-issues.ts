import { z } from "zod";
import { fieldWords, type FieldWords } from "./field";
import { listed, pathText, shown, type ConfigIssue } from "./issues";
import { nearest } from "./nearest";

type Path = readonly PropertyKey[];

/** The configuration of another kind of house, and how one of its settings is told in this one. */
export interface OtherKind extends Pick<ConfigIssue, "wrong" | "rule" | "write"> {
    readonly schema: z.ZodType;
}

/**
 * Says what a schema found wrong in the words of its fields.
 * @param error from a parse with `reportInput`
 * @param other where a setting may belong that this schema does not know
 */
export function schemaIssues(schema: z.ZodType, error: z.ZodError, other: OtherKind): ConfigIssue[] {
    const unknown = error.issues.flatMap((issue) =>
        issue.code === "unrecognized_keys"
            ? issue.keys.map((key) => unknownKey(known(schema, issue.path), issue, key, other))
            : [],
    );
    const meant = new Set(unknown.map(({ meantPath }) => meantPath));
    const wrong = error.issues
        .filter((issue) => issue.code !== "unrecognized_keys")
        // A misspelt key is also a missing one; that is one mistake, told once.
        .filter((issue) => !(issue.input === undefined && meant.has(pathText(issue.path))))
        .map((issue) => (issue.code === "invalid_union" ? wrongKind(schema, issue) : wrongValue(schema, issue)));
    return [...unknown.map(({ issue }) => issue), ...wrong];
}

interface UnknownKey {
    readonly issue: ConfigIssue;
    /** The path of the setting that was probably meant. */
    readonly meantPath: string | undefined;
}

/** @param group the group, or choice of groups, that does not know the key */
function unknownKey(group: z.ZodType, { path, input }: z.core.$ZodIssue, key: string, other: OtherKind): UnknownKey {
    const parent = ofKind(group, input);
    // An area that both kinds of house have has nothing to tell between them.
    if (schemaAt(other.schema, path) !== group && schemaAt(other.schema, [...path, key]) !== undefined) {
        const { wrong, rule, write } = other;
        return { issue: { path: pathText([...path, key]), wrong, rule, write }, meantPath: undefined };
    }
    const keys = parent instanceof z.ZodObject ? Object.keys(parent.shape) : [];
    const meant = nearest(key, keys);
    const where = path.length === 0 ? "the configuration" : pathText(path);
    return {
        issue: {
            path: pathText([...path, key]),
            wrong: "is not a setting",
            rule: `${where} has ${keys.join(", ")}`,
            write: meant === undefined ? "remove it" : `write ${meant}`,
        },
        meantPath: meant === undefined ? undefined : pathText([...path, meant]),
    };
}

function wrongValue(schema: z.ZodType, issue: z.core.$ZodIssue): ConfigIssue {
    const words = wordsOf(known(schema, issue.path));
    return {
        path: issue.path.length === 0 ? "homelab" : pathText(issue.path),
        wrong: whatIsWrong(issue, words),
        rule: words.rule,
        write: typeof words.write === "string" ? words.write : words.write(issue.input),
    };
}

/** A group whose `kind` is none of those that there are. */
function wrongKind(schema: z.ZodType, issue: z.core.$ZodIssueInvalidUnion): ConfigIssue {
    const union = unwrapped(known(schema, issue.path.slice(0, -1)));
    const names = listed(optionsOf(union).flatMap(kindOf), "or");
    const value = isRecord(issue.input) ? issue.input["kind"] : undefined;
    const wrong = value === undefined ? "is missing" : `${shown(value)} is not ${names}`;
    return { path: pathText(issue.path), wrong, rule: wordsOf(union).rule, write: `write ${names}` };
}

function whatIsWrong(issue: z.core.$ZodIssue, words: FieldWords): string {
    if (issue.input === undefined) {
        return "is missing";
    }
    if (issue.input === null) {
        return "is empty";
    }
    if (Array.isArray(issue.input) && issue.code !== "invalid_type") {
        return `has ${issue.input.length} entries`;
    }
    // Text in the place of a whole area may be a secret that was set under the wrong key.
    const value = issue.path.length < 2 && typeof issue.input === "string" ? "text" : shown(issue.input);
    return `${value} is not ${words.is}`;
}

/** The schema of the value at `path`, which must be there. */
function known(schema: z.ZodType, path: Path): z.ZodType {
    const found = schemaAt(schema, path);
    if (found === undefined) {
        throw new Error(`the schema has nothing at ${pathText(path)}`);
    }
    return found;
}

/** The schema of the value at `path`; `undefined` where there is none. */
function schemaAt(schema: z.ZodType, path: Path): z.ZodType | undefined {
    let current = schema;
    for (const part of path) {
        const inner = unwrapped(current);
        const next: unknown =
            inner instanceof z.ZodArray
                ? inner.element
                : // Kinds that share a setting share its words.
                  optionsOf(inner).find(({ shape }) => String(part) in shape)?.shape[String(part)];
        if (!(next instanceof z.ZodType)) {
            return undefined;
        }
        current = next;
    }
    return current;
}

/** The groups that a schema may be: one, or the kinds of a choice; none where it is no group. */
function optionsOf(schema: z.ZodType): z.ZodObject[] {
    const options: readonly unknown[] = schema instanceof z.ZodDiscriminatedUnion ? schema.options : [schema];
    return options.filter((option) => option instanceof z.ZodObject);
}

/** The kind of a choice that a value says it is. */
function ofKind(schema: z.ZodType, value: unknown): z.ZodType {
    const inner = unwrapped(schema);
    const said = isRecord(value) ? value["kind"] : undefined;
    return optionsOf(inner).find((option) => kindOf(option).some((kind) => kind === said)) ?? inner;
}

function kindOf({ shape }: z.ZodObject): string[] {
    const { kind } = shape;
    return kind instanceof z.ZodLiteral ? [...kind.values].map(String) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unwrapped(schema: z.ZodType): z.ZodType {
    const inner: unknown =
        schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
            ? schema.unwrap()
            : undefined;
    return inner instanceof z.ZodType ? unwrapped(inner) : schema;
}

function wordsOf(schema: z.ZodType): FieldWords {
    const words = fieldWords.get(schema) ?? fieldWords.get(unwrapped(schema));
    if (words === undefined) {
        throw new Error(`a field has no words for a wrong value: ${schema.description ?? schema.type}`);
    }
    return words;
}
