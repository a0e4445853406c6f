import type { ResourceFact } from "../../../policies/model/fact";

/** A resource whose parts may be changed: a copy, made for one mutation. */
export interface Mutable {
    readonly type: string;
    readonly name: string;
    readonly urn: string;
    props: Record<string, unknown>;
    opts: { protect?: boolean | undefined; [option: string]: unknown };
}

/** One safety property that is taken away. */
export interface Mutation {
    /** What is gone, in words. */
    readonly name: string;
    /**
     * Changes the graph.
     * @returns whether there was anything to take away: one that changes nothing is a mistake of the list
     */
    readonly apply: (graph: Mutable[]) => boolean;
}

export type Path = readonly (string | number)[];

/** A copy of a graph of which everything may be changed. */
export function mutableCopy(facts: readonly ResourceFact[]): Mutable[] {
    return facts.map(({ type, name, urn, props, opts }) =>
        structuredClone({ type, name, urn, props: { ...props }, opts: { ...opts } }),
    );
}

/** Takes away what is at a path of a resource. */
export function without(name: string, resource: string, ...path: Path): Mutation {
    return { name, apply: (graph) => changed(graph, resource, path, (parent, key) => remove(parent, key)) };
}

/** Puts another value at a path of a resource. */
export function instead(name: string, resource: string, value: unknown, ...path: Path): Mutation {
    return {
        name,
        apply: (graph) =>
            changed(graph, resource, path, (parent, key) => {
                const before: unknown = Reflect.get(parent, key);
                return JSON.stringify(before) !== JSON.stringify(value) && Reflect.set(parent, key, value);
            }),
    };
}

/** Takes away a whole resource. */
export function dropped(name: string, resource: string): Mutation {
    return {
        name,
        apply: (graph) => {
            const index = graph.findIndex((candidate) => candidate.name === resource);
            return index >= 0 && graph.splice(index, 1).length === 1;
        },
    };
}

/** Whatever else is done to one resource. */
export function altered(name: string, resource: string, change: (found: Mutable) => boolean): Mutation {
    return {
        name,
        apply: (graph) => {
            const found = graph.find((candidate) => candidate.name === resource);
            return found !== undefined && change(found);
        },
    };
}

/** Puts other words in the place of the first that fit, wherever in a resource they stand. */
export function reworded(name: string, resource: string, words: string | RegExp, others: string): Mutation {
    return altered(name, resource, (found) => {
        const before = JSON.stringify(found.props);
        const after: unknown = JSON.parse(before.replace(words, others));
        found.props = typeof after === "object" && after !== null ? { ...after } : {};
        return JSON.stringify(found.props) !== before;
    });
}

/** What is at a path; `undefined` where there is nothing. */
export function valueAt(root: unknown, path: Path): unknown {
    return path.reduce<unknown>(
        (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
        root,
    );
}

function changed(
    graph: readonly Mutable[],
    resource: string,
    path: Path,
    change: (parent: object, key: string | number) => boolean,
): boolean {
    const found = graph.find((candidate) => candidate.name === resource);
    const parent = valueAt(found?.props, path.slice(0, -1));
    const key = path.at(-1);
    return typeof parent === "object" && parent !== null && key !== undefined && change(parent, key);
}

function remove(parent: object, key: string | number): boolean {
    if (!Object.hasOwn(parent, key)) return false;
    if (Array.isArray(parent) && typeof key === "number") return parent.splice(key, 1).length === 1;
    return Reflect.deleteProperty(parent, key);
}
