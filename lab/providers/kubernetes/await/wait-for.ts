import { parse } from "yaml";
import { annotation } from "../annotations";
import { at, countAt, isTree, type KubeValue, listAt, textAt, type Tree } from "../object";

/** One condition of the annotation `pulumi.com/waitFor`. */
export type WaitCondition =
    | { readonly kind: "condition"; readonly text: string; readonly type: string; readonly status: string }
    | {
          readonly kind: "jsonpath";
          readonly text: string;
          readonly steps: readonly Step[];
          readonly value: string | undefined;
      };

type Step =
    | { readonly kind: "key"; readonly key: string }
    | { readonly kind: "index"; readonly index: number }
    | { readonly kind: "every" }
    | { readonly kind: "filter"; readonly path: readonly string[]; readonly value: string };

const forms = "condition=Type, condition=Type=Status, jsonpath={.a.b}, jsonpath={.a.b}=value, or a JSON list of these";

/**
 * Reads `condition=Ready`, `jsonpath={.status.phase}=Running`, or a JSON list of such conditions, all of which must hold.
 * @throws Error naming the part that cannot be read.
 */
export function parseWaitFor(text: string): WaitCondition[] {
    if (!text.trimStart().startsWith("[")) return [parseCondition(text.trim())];
    const list = parseList(text);
    if (!Array.isArray(list) || list.length === 0 || !list.every((item) => typeof item === "string"))
        throw new Error(`${text}: is no list of texts (${annotation.waitFor}); write ${forms}`);
    return list.map((item: string) => parseCondition(item.trim()));
}

function parseList(text: string): unknown {
    try {
        return parse(text);
    } catch {
        return undefined;
    }
}

function parseCondition(text: string): WaitCondition {
    const condition = /^condition=([^=\s]+)(?:=(\w+))?$/.exec(text);
    if (condition) return { kind: "condition", text, type: condition[1] ?? "", status: condition[2] ?? "True" };
    const jsonpath = /^jsonpath=(?:'?\{\s*\$?(.*?)\s*\}'?)(?:==?(.+))?$/.exec(text);
    if (!jsonpath) throw new Error(`${text}: cannot be read (${annotation.waitFor}); write ${forms}`);
    const value = jsonpath[2]?.replace(/^(["'])(.*)\1$/, "$2");
    return { kind: "jsonpath", text, steps: parseSteps(jsonpath[1] ?? "", text), value };
}

const step =
    /\.(?<key>[\w-]+(?:\\\.[\w-]+)*)|\.?(?<every>\*|\[\*\])|\[(?<index>-?\d+)\]|\[(?<quote>["'])(?<quoted>.*?)\k<quote>\]|\[\?\(?@(?<path>[.\w-]+)\s*==\s*(?:"(?<v1>[^"]*)"|'(?<v2>[^']*)'|(?<v3>[\w.-]+))\)?\]/y;

function parseSteps(path: string, text: string): Step[] {
    const steps: Step[] = [];
    const pattern = new RegExp(step.source, step.flags);
    while (pattern.lastIndex < path.length) {
        const start = pattern.lastIndex;
        const groups = pattern.exec(path)?.groups;
        if (!groups)
            throw new Error(
                `${text}: cannot be read from "${path.slice(start)}" on (a path as in RFC 9535); write ${forms}`,
            );
        const { key, every, index, quoted, path: filter, v1, v2, v3 } = groups;
        if (key !== undefined) steps.push({ kind: "key", key: key.replaceAll("\\.", ".") });
        else if (every !== undefined) steps.push({ kind: "every" });
        else if (index !== undefined) steps.push({ kind: "index", index: Number(index) });
        else if (quoted !== undefined) steps.push({ kind: "key", key: quoted });
        else
            steps.push({
                kind: "filter",
                path: (filter ?? "").split(".").filter(Boolean),
                value: v1 ?? v2 ?? v3 ?? "",
            });
    }
    if (steps.length === 0) throw new Error(`${text}: names no field (${annotation.waitFor}); write ${forms}`);
    return steps;
}

/** The conditions that do not hold, with what is there instead. What a status says of an older generation does not count. */
export function unmet(conditions: readonly WaitCondition[], object: Tree): string[] {
    return conditions.flatMap((condition) => {
        const entry = condition.kind === "condition" ? conditionOf(object, condition.type) : undefined;
        if (isOutdated(object, entry)) return [`${condition.text}: its controller has not looked at it yet`];
        const found = condition.kind === "condition" ? statusOf(entry) : select(object, condition.steps);
        const wanted = condition.kind === "condition" ? condition.status.toLowerCase() : condition.value;
        const holds =
            found.length > 0 && found.every((value) => wanted === undefined || written(value, condition) === wanted);
        return holds
            ? []
            : [
                  `${condition.text}: ${found.length > 0 ? found.map((value) => written(value)).join(", ") : "not there yet"}`,
              ];
    });
}

/** Whether the status, or the condition where it says so itself, is of an older generation. */
function isOutdated(object: Tree, condition: KubeValue | undefined): boolean {
    const observed = at(condition, "observedGeneration") ?? at(object, "status", "observedGeneration");
    return typeof observed === "number" && observed < countAt(object, "metadata", "generation");
}

function conditionOf(object: Tree, type: string): KubeValue | undefined {
    const conditions = listAt(object, "status", "conditions");
    return conditions.find((one) => textAt(one, "type")?.toLowerCase() === type.toLowerCase());
}

function statusOf(condition: KubeValue | undefined): KubeValue[] {
    const status = textAt(condition, "status");
    return status === undefined ? [] : [status];
}

function written(value: KubeValue, condition?: WaitCondition): string {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return condition?.kind === "condition" ? text.toLowerCase() : text;
}

function select(object: KubeValue, steps: readonly Step[]): KubeValue[] {
    return steps.reduce<KubeValue[]>((values, one) => values.flatMap((value) => follow(value, one)), [object]);
}

function follow(value: KubeValue, one: Step): KubeValue[] {
    const items = Array.isArray(value) ? value : isTree(value) ? Object.values(value) : [];
    switch (one.kind) {
        case "key":
            return isTree(value) && value[one.key] !== undefined ? [value[one.key] ?? null] : [];
        case "index":
            return Array.isArray(value) ? value.slice(one.index).slice(0, 1) : [];
        case "every":
            return items;
        case "filter":
            return items.filter((item) => {
                const found = select(
                    item,
                    one.path.map((key) => ({ kind: "key", key })),
                );
                return found.some((candidate) => written(candidate) === one.value);
            });
    }
}
