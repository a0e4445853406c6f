import { diffProperties } from "./diff";
import {
    type CheckFailure,
    type CheckRequest,
    type Diff,
    type DiffRequest,
    type Properties,
    type Provider,
    type ReadRequest,
    Unknown,
    type Value,
} from "./provider";
import { containsUnknown, isProperties } from "./values";

/** What an input must be. `fallback` is the value of an input that is left out. */
export interface InputRule {
    readonly kind: "string" | "number" | "boolean" | "strings" | "object";
    readonly required?: boolean;
    readonly fallback?: Value;
}

/** A resource that is nothing but generated values: it lives in the state only, and a new one replaces it. */
export interface GeneratedType {
    readonly inputs: Readonly<Record<string, InputRule>>;
    /** Outputs that are made; not known in a preview. */
    readonly made: readonly string[];
    readonly secrets?: readonly string[];
    /** Inputs whose change keeps the generated values; every other one replaces. Default: none. */
    readonly inPlace?: readonly string[];
    /** Rules between inputs; called with complete inputs in which nothing is unknown. */
    check?(inputs: Properties): CheckFailure[];
    /** Makes the values; `inputs` are complete with their fallbacks. */
    generate(inputs: Properties): Promise<{ id: string; made: Properties }>;
    /** Values that change with time, looked at on every refresh and comparison. Default: none. */
    current?(outputs: Properties): Properties;
    /** What an `import` by id takes over; without it the type cannot be imported. */
    imported?(id: string): { inputs: Properties; made: Properties };
}

/** A plugin whose resources are all generated. */
export function generatedProvider(types: Readonly<Record<string, GeneratedType>>): Provider {
    const typeOf = (token: string): GeneratedType => {
        const found = types[token];
        if (found === undefined) {
            throw new Error(
                `${token}: the stand-in plugin does not know this type; it knows ${Object.keys(types).join(", ")}`,
            );
        }
        return found;
    };
    return {
        configure: () => Promise.resolve(),
        check: async (request) => check(typeOf(request.type), request),
        diff: async (request) => diff(typeOf(request.type), request),
        create: async ({ type: token, inputs, preview }) => {
            const type = typeOf(token);
            const complete = completed(type, inputs);
            if (preview) {
                return { id: "", outputs: { ...complete, ...unknowns(type) } };
            }
            const { id, made } = await type.generate(complete);
            return { id, outputs: { ...complete, ...made } };
        },
        update: async ({ type: token, inputs, oldOutputs }) => {
            const type = typeOf(token);
            const outputs = { ...oldOutputs, ...completed(type, inputs) };
            return { outputs: { ...outputs, ...type.current?.(outputs) } };
        },
        read: async (request) => read(typeOf(request.type), request),
        delete: () => Promise.resolve(),
        secretProperties: (token) => types[token]?.secrets ?? [],
    };
}

function completed(type: GeneratedType, inputs: Properties): Properties {
    const complete: Properties = {};
    for (const [key, { fallback }] of Object.entries(type.inputs)) {
        const value = inputs[key] ?? fallback;
        if (value !== undefined && value !== null) {
            complete[key] = value;
        }
    }
    return complete;
}

function unknowns(type: GeneratedType): Properties {
    return Object.fromEntries(type.made.map((key) => [key, Unknown.value]));
}

function check(type: GeneratedType, request: CheckRequest): { inputs: Properties; failures: CheckFailure[] } {
    const failures: CheckFailure[] = [];
    for (const [key, value] of Object.entries(request.news)) {
        const rule = type.inputs[key];
        if (rule === undefined) {
            const reason = `is no input of ${request.type}; it takes ${Object.keys(type.inputs).join(", ")}`;
            failures.push({ property: key, reason });
        } else if (value !== null && !fits(rule, value)) {
            failures.push({ property: key, reason: `must be ${words[rule.kind]}` });
        }
    }
    for (const [key, rule] of Object.entries(type.inputs)) {
        if (rule.required === true && (request.news[key] ?? null) === null) {
            failures.push({ property: key, reason: `is missing (it is required); give ${words[rule.kind]}` });
        }
    }
    if (failures.length === 0 && !containsUnknown(request.news)) {
        failures.push(...(type.check?.(completed(type, request.news)) ?? []));
    }
    return { inputs: request.news, failures };
}

const words: Readonly<Record<InputRule["kind"], string>> = {
    string: "a text",
    number: "a number",
    boolean: "true or false",
    strings: "a list of texts",
    object: "an object",
};

function fits({ kind }: InputRule, value: Value): boolean {
    if (value instanceof Unknown) {
        return true;
    }
    switch (kind) {
        case "strings":
            return Array.isArray(value) && value.every((item) => typeof item === "string" || item instanceof Unknown);
        case "object":
            return isProperties(value);
        default:
            return typeof value === kind;
    }
}

function diff(type: GeneratedType, { oldInputs, oldOutputs, newInputs, ignoreChanges }: DiffRequest): Diff {
    const inPlace = new Set(type.inPlace ?? []);
    const detailed = new Map(
        diffProperties(completed(type, oldInputs), completed(type, newInputs), {
            ignoreChanges,
            replaceOn: (path) => !inPlace.has(String(path[0])),
        }),
    );
    for (const [key, value] of Object.entries(type.current?.({ ...oldOutputs, ...completed(type, newInputs) }) ?? {})) {
        if (value === true && !ignoreChanges.includes(key)) {
            detailed.set(key, { kind: "update-replace", inputDiff: false });
        }
    }
    return { detailed };
}

async function read(
    type: GeneratedType,
    { type: token, id, oldInputs, oldOutputs }: ReadRequest,
): Promise<{ id: string; inputs: Properties; outputs: Properties }> {
    if (Object.keys(oldOutputs).length > 0) {
        return { id, inputs: oldInputs, outputs: { ...oldOutputs, ...type.current?.(oldOutputs) } };
    }
    if (type.imported === undefined) {
        throw new Error(`${token}: cannot be imported (its values exist in the state only)`);
    }
    const { inputs, made } = type.imported(id);
    return { id, inputs, outputs: { ...completed(type, inputs), ...made } };
}
