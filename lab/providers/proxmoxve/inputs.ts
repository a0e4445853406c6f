import { sameValue } from "../kit/diff";
import type { Properties, Value } from "../kit/provider";
import { isProperties } from "../kit/values";
import type { Field, ObjectShape, Shape } from "./schema";

/*
 * What of a state is the program's to give. All values are in Pulumi's form.
 */

/**
 * Inputs after a refresh: as the program wrote them, except where the world moved between two reads.
 * A provider that merely writes a value in another way is thus not taken for a change.
 */
export function followDrift(shape: ObjectShape, inputs: Properties, before: Properties, after: Properties): Properties {
    const followed: Properties = {};
    for (const [name, input] of Object.entries(inputs)) {
        const field = shape.fields.find((candidate) => candidate.name === name);
        const value = field ? followValue(field.shape, input, before[name], after[name]) : input;
        if (value !== undefined) followed[name] = value;
    }
    return followed;
}

function followValue(shape: Shape, input: Value, before?: Value, after?: Value): Value | undefined {
    if (sameValue(before, after)) return input;
    if (after === undefined) return undefined;
    if ((shape.kind === "list" || shape.kind === "set") && shape.single) {
        return followValue(shape.element, input, before, after);
    }
    if (shape.kind === "object" && isProperties(input) && isProperties(before) && isProperties(after)) {
        return followDrift(shape, input, before, after);
    }
    if (shape.kind === "list" && Array.isArray(input) && Array.isArray(before) && Array.isArray(after)) {
        const { element } = shape;
        return after.map((item, index) => {
            const written = input[index];
            return (
                (written === undefined ? given(element, item) : followValue(element, written, before[index], item)) ??
                item
            );
        });
    }
    return given(shape, after);
}

/** The inputs that would make a state: for an import, where no program wrote any. */
export function inputsOf(shape: ObjectShape, state: Properties): Properties {
    const inputs: Properties = {};
    for (const field of shape.fields) {
        const value = state[field.name];
        if (value === undefined || !field.input || field.deprecated) continue;
        const part = given(field.shape, value);
        if (part !== undefined && (field.required || !isZero(field, part))) inputs[field.name] = part;
    }
    return inputs;
}

function given(shape: Shape, value: Value): Value | undefined {
    if (shape.kind === "object" && isProperties(value)) return inputsOf(shape, value);
    if (shape.kind === "list" || shape.kind === "set") {
        if (shape.single) return given(shape.element, value);
        return Array.isArray(value) ? value.map((item) => given(shape.element, item) ?? null) : undefined;
    }
    return value;
}

/** Terraform's older SDK cannot tell "not given" from these. */
function isZero({ shape }: Field, value: Value): boolean {
    if (value === false || value === 0 || value === "") return true;
    if (Array.isArray(value)) return value.length === 0;
    return shape.kind !== "object" && isProperties(value) && Object.keys(value).length === 0;
}
