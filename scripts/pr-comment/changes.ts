import type { Step } from "./engine-output";
import { type Change, nameOf, type PropertyChange, type ResourceChange, type ResourceState, typeOf } from "./preview";
import { plainValues } from "../mask/plain-values";

const changeOfOp: Readonly<Record<string, Change>> = {
    create: "create",
    update: "update",
    replace: "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    delete: "delete",
    import: "import",
    "import-replacement": "replace",
    read: "read",
    "read-replacement": "read",
    "read-discard": "delete",
    discard: "delete",
    "discard-replaced": "replace",
};

/** Operations that leave a resource as it is. A refresh ends as another operation, which is a step of its own. */
const quiet: ReadonlySet<string> = new Set(["same", "refresh"]);

/**
 * One change for each resource, in the order in which the engine came to them. A resource that stays is left out unless
 * its protection goes, which is a change that the engine does not count.
 */
export function changesOf(steps: readonly Step[]): ResourceChange[] {
    const byUrn = new Map<string, Step[]>();
    for (const step of steps) byUrn.set(step.urn, [...(byUrn.get(step.urn) ?? []), step]);
    return [...byUrn].flatMap(([urn, own]) => {
        const change = strongest(own);
        // After a refresh, the last step starts from what was found, the first one from what was made.
        const loud = own.filter(({ op }) => !quiet.has(op));
        const before = stateOf([...own, ...loud].findLast((step) => step.old !== undefined)?.old);
        const after = stateOf(own.findLast((step) => step.new !== undefined)?.new);
        const losesProtection = before?.protect === true && after?.protect === false;
        if (change === undefined && !losesProtection) return [];
        return [
            {
                urn,
                type: typeOf(urn),
                name: nameOf(urn),
                change: change ?? "update",
                before,
                after: change === "delete" ? undefined : after,
                properties: propertiesOf(own),
            },
        ];
    });
}

function strongest(steps: readonly Step[]): Change | undefined {
    const changes = steps.filter(({ op }) => !quiet.has(op)).map(({ op }) => changeOfOp[op] ?? "other");
    return changes.find((change) => change === "replace") ?? changes.at(-1);
}

function stateOf(state: Step["old"]): ResourceState | undefined {
    return (
        state && {
            id: state.id,
            protect: state.protect,
            inputs: plainValues(state.inputs ?? {}),
            outputs: plainValues(state.outputs ?? {}),
        }
    );
}

function propertiesOf(steps: readonly Step[]): PropertyChange[] {
    const found = new Map<string, boolean>();
    for (const { detailed, changedKeys, replaceKeys } of steps) {
        for (const [path, kind] of Object.entries(detailed)) {
            found.set(path, found.get(path) === true || kind.endsWith("-replace"));
        }
        if (Object.keys(detailed).length > 0) continue;
        for (const key of changedKeys) found.set(key, found.get(key) ?? false);
        for (const key of replaceKeys) found.set(key, true);
    }
    return [...found].map(([path, forces]) => ({ path, forces }));
}
