import { sameValue } from "../kit/diff";
import { type Properties, Unknown, type Value } from "../kit/provider";
import { isProperties } from "../kit/values";
import type { Field, ObjectShape, Shape } from "./schema";

/**
 * The "proposed new state" that Terraform hands to a plan: the configuration, and where it leaves something open that
 * the provider may decide, what the provider decided before. All in Terraform's form.
 */
export function proposeState(shape: ObjectShape, prior: Properties | null, config: Properties): Properties {
    const proposed: Properties = {};
    for (const field of shape.fields) {
        proposed[field.key] = proposeField(field, prior?.[field.key] ?? null, config[field.key] ?? null);
    }
    return proposed;
}

function proposeField(field: Field, prior: Value, config: Value): Value {
    if (config === null && field.computed) {
        // What was given before and is given no more must not live on as if the provider had decided it.
        return field.input && hasGivenParts(field.shape, prior) ? null : prior;
    }
    return proposeValue(field.shape, prior, config);
}

function proposeValue(shape: Shape, prior: Value, config: Value): Value {
    if (config === null || config instanceof Unknown) return config;
    switch (shape.kind) {
        case "object":
            return isProperties(config) ? proposeState(shape, isProperties(prior) ? prior : null, config) : config;
        case "list":
            if (!Array.isArray(config)) return config;
            return config.map((item, index) =>
                proposeValue(shape.element, Array.isArray(prior) ? (prior[index] ?? null) : null, item),
            );
        case "map":
            if (!isProperties(config)) return config;
            return Object.fromEntries(
                Object.entries(config).map(([key, item]) => {
                    return [key, proposeValue(shape.element, isProperties(prior) ? (prior[key] ?? null) : null, item)];
                }),
            );
        case "set":
            return Array.isArray(config)
                ? proposeSet(shape.element, Array.isArray(prior) ? prior : [], config)
                : config;
        case "string":
        case "number":
        case "bool":
        case "dynamic":
            return config;
    }
}

/** Members of a set have no key: one continues the first unused prior member that it can have become. */
function proposeSet(element: Shape, prior: readonly Value[], config: readonly Value[]): Value[] {
    const left = [...prior];
    return config.map((item) => {
        const index = left.findIndex((candidate) => mayBecome(element, item, candidate));
        const [match] = index < 0 ? [] : left.splice(index, 1);
        return proposeValue(element, match ?? null, item);
    });
}

function mayBecome(shape: Shape, config: Value, prior: Value): boolean {
    if (shape.kind !== "object" || !isProperties(config) || !isProperties(prior)) return sameValue(config, prior);
    return shape.fields.every((field) => {
        const given = config[field.key] ?? null;
        return (given === null && field.computed) || mayBecome(field.shape, given, prior[field.key] ?? null);
    });
}

function hasGivenParts(shape: Shape, prior: Value): boolean {
    if (prior === null || prior instanceof Unknown) return false;
    switch (shape.kind) {
        case "object":
            if (shape.whole) return false;
            return shape.fields.some((field) => {
                const value = isProperties(prior) ? (prior[field.key] ?? null) : null;
                return (field.input && !field.computed && value !== null) || hasGivenParts(field.shape, value);
            });
        case "list":
        case "set":
            return Array.isArray(prior) && prior.some((item) => hasGivenParts(shape.element, item));
        case "map":
            return isProperties(prior) && Object.values(prior).some((item) => hasGivenParts(shape.element, item));
        case "string":
        case "number":
        case "bool":
        case "dynamic":
            return false;
    }
}
