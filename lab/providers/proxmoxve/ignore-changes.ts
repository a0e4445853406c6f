import { parsePath, type PathSegment } from "../kit/property-path";
import type { Properties, Value } from "../kit/provider";
import { isProperties } from "../kit/values";

/**
 * Inputs that keep, at every ignored path, what the resource has now. The engine has put back the old inputs already;
 * this is for values that moved without the program, which it would otherwise set back.
 * @param ignoreChanges paths in the engine's syntax; one that leads nowhere changes nothing.
 */
export function holdIgnored(inputs: Properties, outputs: Properties, ignoreChanges: readonly string[]): Properties {
    return ignoreChanges.reduce((held, path) => holdProperties(held, outputs, parsePath(path)), inputs);
}

function hold(input: Value | undefined, output: Value | undefined, path: readonly PathSegment[]): Value | undefined {
    if (path.length === 0) return output === undefined ? input : output;
    if (isProperties(input) && isProperties(output)) return holdProperties(input, output, path);
    if (Array.isArray(input) && Array.isArray(output)) {
        const [step, ...rest] = path;
        return input.map((item, index) => {
            return step === "*" || step === index ? (hold(item, output[index], rest) ?? item) : item;
        });
    }
    return input;
}

function holdProperties(input: Properties, output: Properties, path: readonly PathSegment[]): Properties {
    const [step, ...rest] = path;
    const keys = step === "*" ? Object.keys(input) : [String(step)];
    const held = { ...input };
    for (const key of keys) {
        const value = hold(input[key], output[key], rest);
        if (value !== undefined) held[key] = value;
    }
    return held;
}
