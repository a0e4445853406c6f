import { textOf } from "../../plain-values";
import type { Properties, Value } from "../kit/provider";
import { sameValue } from "../kit/diff";
import { isProperties } from "../kit/values";

/** Names that the services spell with capitals; all others differ by their first letter only. */
const irregular: readonly (readonly [string, string])[] = [
    ["id", "ID"],
    ["sseAlgorithm", "SSEAlgorithm"],
    ["kmsMasterKeyId", "KMSMasterKeyID"],
];

/** Inputs in the words of the services: `{ status: "Enabled" }` becomes `{ Status: "Enabled" }`. */
export function toService(value: Value): unknown {
    if (Array.isArray(value)) {
        return value.map(toService);
    }
    if (!isProperties(value)) {
        return value;
    }
    return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => {
            const name = irregular.find(([plain]) => plain === key)?.[1] ?? key.charAt(0).toUpperCase() + key.slice(1);
            return [name, key === "tags" && isProperties(inner) ? toTagList(inner) : toService(inner)];
        }),
    );
}

/** An answer of a service in the words of the program. */
export function fromService(value: unknown): Value {
    if (Array.isArray(value)) {
        return value.map(fromService);
    }
    if (value instanceof Date) {
        return value.toISOString();
    }
    if (typeof value === "object" && value !== null) {
        return Object.fromEntries(
            Object.entries(value)
                .filter(([, inner]) => inner !== undefined)
                .map(([key, inner]) => [
                    irregular.find(([, name]) => name === key)?.[0] ?? key.charAt(0).toLowerCase() + key.slice(1),
                    key === "Tags" ? fromTagList(inner) : fromService(inner),
                ]),
        );
    }
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}

export function toTagList(tags: Properties | Readonly<Record<string, string>>): { Key: string; Value: string }[] {
    return Object.entries(tags).map(([key, value]) => ({ Key: key, Value: textOf(value) }));
}

export function fromTagList(tags: unknown): Record<string, string> {
    const list: unknown[] = Array.isArray(tags) ? tags : [];
    const known: Record<string, string> = {};
    for (const tag of list) {
        if (typeof tag === "object" && tag !== null && "Key" in tag && "Value" in tag) {
            known[String(tag.Key)] = String(tag.Value);
        }
    }
    return known;
}

/**
 * What a program would have to say to get the live state, in the shape in which it says it: defaults that the program left
 * out stay out, so they are no drift.
 */
export function asSaid(live: Value | undefined, said: Value): Value {
    if (live === undefined) {
        return null;
    }
    if (typeof said === "string" && typeof live === "string") {
        return sameDocument(live, said) ? said : live;
    }
    if (Array.isArray(live) && Array.isArray(said)) {
        return live.length === said.length ? live.map((item, index) => asSaid(item, said[index] ?? null)) : live;
    }
    if (isProperties(live) && isProperties(said)) {
        return Object.fromEntries(Object.entries(said).map(([key, inner]) => [key, asSaid(live[key], inner)]));
    }
    return live;
}

/** Whether two texts are the same, or JSON of the same value. */
function sameDocument(left: string, right: string): boolean {
    if (left === right || !/^\s*[{[]/.test(left) || !/^\s*[{[]/.test(right)) {
        return left === right;
    }
    try {
        return sameValue(JSON.parse(left) as Value, JSON.parse(right) as Value);
    } catch {
        return false;
    }
}

/** A policy as text, whether the program gave text or an object. */
export function documentText(value: Value | undefined): string {
    return typeof value === "string" ? value : JSON.stringify(value);
}
