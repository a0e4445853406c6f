import { KubeError } from "../../kube/client";
import { textOf } from "../../plain-values";
import { formatPath, parsePath } from "../kit/property-path";
import type { CheckFailure } from "../kit/provider";
import { isTree, type KubeValue, listAt, textAt, type Tree } from "./object";

/**
 * What the API server found wrong with the fields of an object, each at its property path.
 * Empty for errors that say nothing about the object itself (not allowed, not found, exists already).
 */
export function refusalsOf(error: unknown, object: Tree): CheckFailure[] {
    if (!(error instanceof KubeError)) return [];
    const { message } = error;
    if (message.includes("does not support dry run")) return [];
    if (error.status === 422)
        return (
            error.causes
                .map((cause) => ({ property: cause.field ?? "", reason: cause.message ?? message }))
                // An address or port that is taken may be that of the very object that is replaced.
                .filter(({ reason }) => !reason.includes("already allocated"))
        );
    if (message.includes("failed to create typed patch object")) return typedRefusals(message, object);
    if (error.status !== 400) return [];
    const unknown = [...message.matchAll(/(unknown|duplicate) field "((?:[^"\\]|\\.)+)"/g)];
    if (unknown.length > 0)
        return unknown.map(([, what, field = ""]) => ({
            property: field,
            reason: what === "unknown" ? unknownField(object) : "is there twice",
        }));
    const mistyped = /cannot unmarshal (\S+) into Go struct field \w+\.(\S+) of type (\S+)/.exec(message);
    if (mistyped) return [{ property: mistyped[2] ?? "", reason: `is of type ${mistyped[1]}, must be ${mistyped[3]}` }];
    return [{ property: "", reason: message }];
}

/** Whether the API server only says that this field of an existing object cannot be changed to what it is now told. */
export function isAboutExisting({ reason }: CheckFailure): boolean {
    return /immutable|Forbidden: (updates to|is immutable|may not)/i.test(reason);
}

/** Whether the account may not do this; then nothing is known about the object. */
export function isForbiddenToUs(error: unknown): boolean {
    return error instanceof KubeError && error.status === 403 && /cannot \S+ resource/.test(error.message);
}

export function isNotFound(error: unknown): boolean {
    return error instanceof KubeError && error.status === 404;
}

function unknownField(object: Tree): string {
    return `unknown field; ${textAt(object, "kind")} of ${textAt(object, "apiVersion")} has none of this name`;
}

/** Server-side apply writes `.spec.containers[name="a"].x: field not declared in schema`, one in a line. */
function typedRefusals(message: string, object: Tree): CheckFailure[] {
    const found = [...message.matchAll(/(?:^|\s)\.((?:[\w-]+|\[[^\]]*\]|\.)+): ([^\n]+)/g)];
    if (found.length === 0) return [{ property: "", reason: message }];
    return found.map(([, path = "", reason = ""]) => ({
        property: indexed(path, object),
        reason: reason === "field not declared in schema" ? unknownField(object) : reason,
    }));
}

/** `containers[name="a"].x` -> `containers[0].x`. */
function indexed(path: string, object: Tree): string {
    let here: KubeValue | undefined = object;
    let result = "";
    for (const [step, field, key, text] of path.matchAll(/\.?([\w-]+)|\[([\w-]+)="?([^"\],]*)[^\]]*\]|\[[^\]]*\]/g)) {
        if (field !== undefined) {
            result += result === "" ? field : `.${field}`;
            here = isTree(here) ? here[field] : undefined;
        } else {
            const list: KubeValue[] = listAt(here);
            const index = key === undefined ? -1 : list.findIndex((item) => isTree(item) && textOf(item[key]) === text);
            result += index < 0 ? step : `[${index}]`;
            here = list[index];
        }
    }
    return formatPath(parsePath(result));
}
