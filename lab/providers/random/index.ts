import { createHash, randomBytes, randomInt, randomUUID } from "node:crypto";
import { textOf } from "../../plain-values";
import { type GeneratedType, type InputRule, generatedProvider } from "../kit/generated";
import type { Properties, ProviderFactory, Value } from "../kit/provider";
import { checkCharacters, randomCharacters, shuffled } from "./characters";

const keepers: InputRule = { kind: "object" };
const optionalText: InputRule = { kind: "string" };
const number = (fallback?: number): InputRule =>
    fallback === undefined ? { kind: "number", required: true } : { kind: "number", fallback };
const on: InputRule = { kind: "boolean", fallback: true };

const characterInputs: GeneratedType["inputs"] = {
    keepers,
    length: number(),
    lower: on,
    upper: on,
    numeric: on,
    number: { kind: "boolean" },
    special: on,
    minLower: number(0),
    minUpper: number(0),
    minNumeric: number(0),
    minSpecial: number(0),
    overrideSpecial: optionalText,
};

/** `bcryptHash` is not made: it would cost 0.1 s a password, and nothing in a house wants it. */
const password: GeneratedType = {
    inputs: characterInputs,
    made: ["result"],
    secrets: ["result", "bcryptHash"],
    check: checkCharacters,
    generate: async (inputs) => ({ id: "none", made: { result: randomCharacters(inputs) } }),
    imported: (id) => ({ inputs: { length: id.length }, made: { result: id } }),
};

const string: GeneratedType = {
    inputs: characterInputs,
    made: ["result"],
    check: checkCharacters,
    generate: async (inputs) => {
        const result = randomCharacters(inputs);
        return { id: result, made: { result } };
    },
    imported: (id) => ({ inputs: { length: id.length }, made: { result: id } }),
};

function idForms(bytes: Buffer, prefix: string): Properties {
    const hex = bytes.toString("hex");
    return {
        b64Std: prefix + bytes.toString("base64"),
        b64Url: prefix + bytes.toString("base64url"),
        hex: prefix + hex,
        dec: prefix + BigInt(`0x0${hex}`).toString(),
    };
}

const id: GeneratedType = {
    inputs: { keepers, byteLength: number(), prefix: optionalText },
    made: ["b64Std", "b64Url", "dec", "hex"],
    check: ({ byteLength }) =>
        Number(byteLength) < 1
            ? [{ property: "byteLength", reason: `must be at least 1, is ${textOf(byteLength)}` }]
            : [],
    generate: async (inputs) => {
        const bytes = randomBytes(Number(inputs["byteLength"]));
        return { id: bytes.toString("base64url"), made: idForms(bytes, text(inputs["prefix"])) };
    },
    imported: (given) => {
        const comma = given.lastIndexOf(",");
        const prefix = given.slice(0, Math.max(0, comma));
        const bytes = Buffer.from(given.slice(comma + 1), "base64url");
        return {
            inputs: { byteLength: bytes.length, ...(prefix === "" ? {} : { prefix }) },
            made: idForms(bytes, prefix),
        };
    },
};

const bytes: GeneratedType = {
    inputs: { keepers, length: number() },
    made: ["base64", "hex"],
    secrets: ["base64", "hex"],
    generate: async (inputs) => {
        const made = randomBytes(Number(inputs["length"]));
        return { id: "none", made: { base64: made.toString("base64"), hex: made.toString("hex") } };
    },
};

const uuid: GeneratedType = {
    inputs: { keepers },
    made: ["result"],
    generate: async () => {
        const result = randomUUID();
        return { id: result, made: { result } };
    },
    imported: (given) => ({ inputs: {}, made: { result: given } }),
};

const adjectives = [
    "brave",
    "calm",
    "clever",
    "fair",
    "fond",
    "glad",
    "keen",
    "kind",
    "merry",
    "proud",
    "quick",
    "wise",
];
const adverbs = ["barely", "gladly", "gently", "highly", "mildly", "nicely", "rarely", "softly", "truly", "vastly"];
const animals = ["badger", "beaver", "crane", "falcon", "ferret", "heron", "lynx", "marten", "otter", "robin", "stoat"];

const pet: GeneratedType = {
    inputs: { keepers, length: number(2), prefix: optionalText, separator: { kind: "string", fallback: "-" } },
    made: [],
    generate: async (inputs) => {
        const length = Number(inputs["length"]);
        const words = Array.from({ length }, (_, index) =>
            draw(index === length - 1 ? animals : index === length - 2 ? adjectives : adverbs),
        );
        const prefix = text(inputs["prefix"]);
        const name = [...(prefix === "" ? [] : [prefix]), ...words].join(text(inputs["separator"]));
        return { id: name, made: {} };
    },
};

const integer: GeneratedType = {
    inputs: { keepers, min: number(), max: number(), seed: optionalText },
    made: ["result"],
    check: ({ min, max }) =>
        Number(min) > Number(max)
            ? [{ property: "min", reason: `must not be above max (${textOf(max)}), is ${textOf(min)}` }]
            : [],
    generate: async (inputs) => {
        const [min, max] = [Number(inputs["min"]), Number(inputs["max"])];
        const result = min + below(inputs["seed"])(max - min + 1);
        return { id: String(result), made: { result } };
    },
};

const shuffle: GeneratedType = {
    inputs: {
        keepers,
        inputs: { kind: "strings", required: true },
        resultCount: { kind: "number" },
        seed: optionalText,
    },
    made: ["results"],
    generate: async ({ inputs, resultCount, seed }) => {
        const order = shuffled(Array.isArray(inputs) ? inputs : [], below(seed));
        const count = typeof resultCount === "number" ? resultCount : order.length;
        const results = Array.from(
            { length: order.length === 0 ? 0 : count },
            (_, index) => order[index % order.length] ?? null,
        );
        return { id: "-", made: { results } };
    },
};

/** Whole numbers from 0 to `limit` - 1: by chance, or always the same ones for the same seed. */
function below(seed: Value | undefined): (limit: number) => number {
    if (typeof seed !== "string" || seed === "") {
        return (limit) => randomInt(limit);
    }
    let round = 0;
    return (limit) => createHash("sha256").update(`${seed}/${round++}`).digest().readUIntBE(0, 6) % limit;
}

function draw(words: readonly string[]): string {
    return words[randomInt(words.length)] ?? "";
}

function text(value: Value | undefined): string {
    return typeof value === "string" ? value : "";
}

/** Stand-in for the plugin `random`: its types, defaults, ids and replacements; every change of an input replaces. */
export const createProvider: ProviderFactory = () =>
    generatedProvider({
        "random:index/randomBytes:RandomBytes": bytes,
        "random:index/randomId:RandomId": id,
        "random:index/randomInteger:RandomInteger": integer,
        "random:index/randomPassword:RandomPassword": password,
        "random:index/randomPet:RandomPet": pet,
        "random:index/randomShuffle:RandomShuffle": shuffle,
        "random:index/randomString:RandomString": string,
        "random:index/randomUuid:RandomUuid": uuid,
    });
