import { randomInt } from "node:crypto";
import type { CheckFailure, Properties } from "../kit/provider";

const lower = "abcdefghijklmnopqrstuvwxyz";
const numeric = "0123456789";
const special = "!@#$%&*()-_=+[]{}<>:?";

interface CharacterClass {
    readonly alphabet: string;
    /** Fewest characters of this class. */
    readonly least: number;
}

/** The classes that `lower`, `upper`, `numeric` and `special` switch on, with their least numbers. */
function classes(inputs: Properties): CharacterClass[] {
    const chosen = typeof inputs["overrideSpecial"] === "string" ? inputs["overrideSpecial"] : special;
    const all: readonly [string, string, string][] = [
        ["lower", "minLower", lower],
        ["upper", "minUpper", lower.toUpperCase()],
        ["numeric", "minNumeric", numeric],
        ["special", "minSpecial", chosen],
    ];
    return all
        .filter(([enabled]) => inputs[enabled] !== false && !(enabled === "numeric" && inputs["number"] === false))
        .map(([, least, alphabet]) => ({ alphabet, least: Number(inputs[least] ?? 0) }))
        .filter(({ alphabet }) => alphabet !== "");
}

/** Rules between the inputs of `RandomPassword` and `RandomString`. */
export function checkCharacters(inputs: Properties): CheckFailure[] {
    const length = Number(inputs["length"]);
    const enabled = classes(inputs);
    const least = enabled.reduce((sum, one) => sum + one.least, 0);
    if (length < 1) {
        return [{ property: "length", reason: `must be at least 1, is ${length}` }];
    }
    if (enabled.length === 0) {
        return [{ property: "", reason: "no kind of character is left; enable one of lower, upper, numeric, special" }];
    }
    if (length < least) {
        const reason = `must be at least the sum of minLower, minUpper, minNumeric and minSpecial (${least}), is ${length}`;
        return [{ property: "length", reason }];
    }
    return [];
}

/** Characters drawn evenly from the enabled classes, with each class's least number, in random order. */
export function randomCharacters(inputs: Properties): string {
    const enabled = classes(inputs);
    const whole = enabled.map(({ alphabet }) => alphabet).join("");
    const drawn = enabled.flatMap(({ alphabet, least }) => Array.from({ length: least }, () => pick(alphabet)));
    while (drawn.length < Number(inputs["length"])) {
        drawn.push(pick(whole));
    }
    return shuffled(drawn, randomInt).join("");
}

function pick(alphabet: string): string {
    return alphabet.charAt(randomInt(alphabet.length));
}

/** Fisher and Yates' shuffle; `below(n)` gives a whole number from 0 to n - 1. */
export function shuffled<Item>(items: readonly Item[], below: (limit: number) => number): Item[] {
    const result = [...items];
    for (let last = result.length - 1; last > 0; last--) {
        const other = below(last + 1);
        const [a, b] = [result[last], result[other]];
        if (a !== undefined && b !== undefined) {
            result[last] = b;
            result[other] = a;
        }
    }
    return result;
}
