import { sameValue } from "../kit/diff";
import { formatPath, type PathSegment } from "../kit/property-path";
import { type Diff, type DiffKind, type Properties, Unknown, type Value } from "../kit/provider";
import { isProperties } from "../kit/values";
import type { AttributePath } from "./protocol";
import type { Field, ObjectShape, Shape } from "./schema";

/** One difference between a state and what was planned from it. */
interface Change {
    /** In Terraform's names. */
    readonly steps: readonly PathSegment[];
    /** In Pulumi's names. */
    readonly path: readonly PathSegment[];
    readonly kind: "add" | "delete" | "update";
    /** Decided by the provider: the program did not ask for it. */
    readonly decided: boolean;
}

interface Place {
    readonly steps: readonly PathSegment[];
    readonly path: readonly PathSegment[];
    readonly decided: boolean;
}

/**
 * What a plan would change, by Pulumi's paths. Values that the provider decides are named only where nothing else
 * changes, or where they are what forces a replacement.
 */
export function planDifference(
    shape: ObjectShape,
    prior: Properties,
    planned: Properties,
    config: Properties,
    requiresReplace: readonly AttributePath[],
): Diff["detailed"] {
    const all = [...objectChanges(shape, prior, planned, config, { steps: [], path: [], decided: false })];
    const replacing = requiresReplace.map(stepsOf);
    const replaces = ({ steps }: Change): boolean => replacing.some((path) => overlap(path, steps));
    const asked = all.filter((change) => !change.decided || replaces(change));
    const detailed = new Map<string, { kind: DiffKind; inputDiff: boolean }>();
    for (const change of asked.length > 0 ? asked : all) {
        const kind: DiffKind = replaces(change) ? `${change.kind}-replace` : change.kind;
        detailed.set(formatPath(change.path), { kind, inputDiff: false });
    }
    return detailed;
}

function stepsOf({ steps }: AttributePath): PathSegment[] {
    return steps.map((step) => step.attribute_name ?? step.element_key_string ?? step.element_key_int ?? 0);
}

function overlap(left: readonly PathSegment[], right: readonly PathSegment[]): boolean {
    return left.slice(0, right.length).every((step, index) => step === right[index]);
}

function* objectChanges(
    shape: ObjectShape,
    prior: Properties,
    planned: Properties,
    config: Value,
    at: Place,
): Generator<Change> {
    for (const field of shape.fields) {
        const given = isProperties(config) ? (config[field.key] ?? null) : null;
        const place: Place = {
            steps: [...at.steps, field.key],
            path: [...at.path, field.name],
            decided: at.decided || decides(field, given),
        };
        yield* changes(field.shape, prior[field.key] ?? null, planned[field.key] ?? null, given, place);
    }
}

function decides(field: Field, given: Value): boolean {
    return !field.input || (field.computed && given === null);
}

function* changes(shape: Shape, prior: Value, planned: Value, config: Value, at: Place): Generator<Change> {
    if (isEmpty(prior) && isEmpty(planned)) return;
    if (isEmpty(prior) || isEmpty(planned)) {
        yield { ...at, kind: isEmpty(prior) ? "add" : "delete" };
        return;
    }
    if (shape.kind === "object" && isProperties(prior) && isProperties(planned)) {
        yield* objectChanges(shape, prior, planned, config, at);
    } else if (shape.kind === "map" && isProperties(prior) && isProperties(planned)) {
        for (const key of new Set([...Object.keys(prior), ...Object.keys(planned)])) {
            const given = isProperties(config) ? (config[key] ?? null) : null;
            yield* changes(shape.element, prior[key] ?? null, planned[key] ?? null, given, inside(at, key, false));
        }
    } else if (shape.kind === "list" && Array.isArray(prior) && Array.isArray(planned)) {
        yield* itemChanges(shape.element, prior, planned, config, at, shape.single);
    } else if (shape.kind === "set" && Array.isArray(prior) && Array.isArray(planned)) {
        // Order means nothing in a set: members in both are no change, the others are compared in pairs.
        const gone = prior.filter((item) => !planned.some((other) => sameValue(item, other)));
        const come = planned.filter((item) => !prior.some((other) => sameValue(item, other)));
        yield* itemChanges(shape.element, gone, come, come, at, shape.single);
    } else if (prior instanceof Unknown || planned instanceof Unknown || !sameValue(prior, planned)) {
        yield { ...at, kind: "update" };
    }
}

function* itemChanges(
    element: Shape,
    prior: readonly Value[],
    planned: readonly Value[],
    config: Value,
    at: Place,
    single: boolean,
): Generator<Change> {
    for (let index = 0; index < Math.max(prior.length, planned.length); index++) {
        const given = Array.isArray(config) ? (config[index] ?? null) : null;
        yield* changes(element, prior[index] ?? null, planned[index] ?? null, given, inside(at, index, single));
    }
}

function inside(at: Place, step: PathSegment, single: boolean): Place {
    return { steps: [...at.steps, step], path: single ? at.path : [...at.path, step], decided: at.decided };
}

function isEmpty(value: Value): boolean {
    return value === null || (Array.isArray(value) && value.length === 0);
}
