import type { PathSegment } from "../kit/property-path";
import { type Properties, Unknown, type Value } from "../kit/provider";
import { isProperties } from "../kit/values";

/** A Kubernetes object as JSON: like `Properties`, but everything in it is known. */
export type KubeValue = null | boolean | number | string | KubeValue[] | Tree;
export interface Tree {
    [field: string]: KubeValue;
}

export function isTree(value: KubeValue | undefined): value is Tree {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path, `undefined` where a step is missing. */
export function at(value: KubeValue | undefined, ...path: readonly PathSegment[]): KubeValue | undefined {
    let here = value;
    for (const step of path) {
        if (Array.isArray(here)) here = typeof step === "number" ? here[step] : undefined;
        else here = isTree(here) ? here[String(step)] : undefined;
    }
    return here;
}

export function textAt(value: KubeValue | undefined, ...path: readonly PathSegment[]): string | undefined {
    const found = at(value, ...path);
    return typeof found === "string" ? found : undefined;
}

/** The number at a path; a count that Kubernetes leaves out is 0. */
export function countAt(value: KubeValue | undefined, ...path: readonly PathSegment[]): number {
    const found = at(value, ...path);
    return typeof found === "number" ? found : 0;
}

export function listAt(value: KubeValue | undefined, ...path: readonly PathSegment[]): KubeValue[] {
    const found = at(value, ...path);
    return Array.isArray(found) ? found : [];
}

export function treeAt(value: KubeValue | undefined, ...path: readonly PathSegment[]): Tree {
    const found = at(value, ...path);
    return isTree(found) ? found : {};
}

/** A copy without some of its fields. */
export function without<V>(fields: Readonly<Record<string, V>>, ...names: readonly string[]): Record<string, V> {
    return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

/** A copy with the value at `path` replaced, or removed where it is `undefined`; missing parents are made. */
export function withValue(tree: Tree, path: readonly string[], value: KubeValue | undefined): Tree {
    const [step, ...rest] = path;
    if (step === undefined) return tree;
    const copy = { ...tree };
    if (rest.length > 0) {
        if (value === undefined && !isTree(copy[step])) return copy;
        copy[step] = withValue(treeAt(copy, step), rest, value);
    } else if (value === undefined) delete copy[step];
    else copy[step] = value;
    return copy;
}

/** Property names cannot hold a dash or a dollar sign in every language, so the SDK writes these fields of CRDs otherwise. */
const renamed: ReadonlyMap<string, string> = new Map([
    ["x_kubernetes_embedded_resource", "x-kubernetes-embedded-resource"],
    ["x_kubernetes_int_or_string", "x-kubernetes-int-or-string"],
    ["x_kubernetes_list_map_keys", "x-kubernetes-list-map-keys"],
    ["x_kubernetes_list_type", "x-kubernetes-list-type"],
    ["x_kubernetes_map_type", "x-kubernetes-map-type"],
    ["x_kubernetes_preserve_unknown_fields", "x-kubernetes-preserve-unknown-fields"],
    ["x_kubernetes_validations", "x-kubernetes-validations"],
]);
const renamedBack: ReadonlyMap<string, string> = new Map([...renamed].map(([name, field]) => [field, name]));

export interface KnownObject {
    readonly object: Tree;
    /** Where the inputs hold a value that is not known yet; these places are left out of `object`. */
    readonly unknown: readonly (readonly PathSegment[])[];
}

/** Inputs as the API server reads them: without `null`s and without what is not known yet. */
export function toObject(inputs: Properties): KnownObject {
    const unknown: PathSegment[][] = [];
    const convert = (value: Value, path: PathSegment[]): KubeValue | undefined => {
        if (value instanceof Unknown) {
            unknown.push(path);
            return undefined;
        }
        if (Array.isArray(value))
            return value.map((item, index) => convert(item, [...path, index])).filter((item) => item !== undefined);
        if (!isProperties(value)) return value;
        const tree: Tree = {};
        for (const [key, item] of Object.entries(value)) {
            const converted = item === null ? undefined : convert(item, [...path, key]);
            if (converted !== undefined) tree[renamed.get(key) ?? key] = converted;
        }
        return tree;
    };
    const object = convert(inputs, []);
    return { object: isTree(object) ? object : {}, unknown };
}

/** An object of the API server as the SDK's properties. */
export function toProperties(object: Tree): Properties {
    const properties: Properties = {};
    for (const [field, value] of Object.entries(object)) properties[renamedBack.get(field) ?? field] = toValue(value);
    return properties;
}

function toValue(value: KubeValue): Value {
    if (Array.isArray(value)) return value.map(toValue);
    return isTree(value) ? toProperties(value) : value;
}

/** `namespace/name`, or the name alone of an object without a namespace. */
export function objectId(object: Tree): string {
    const namespace = textAt(object, "metadata", "namespace");
    const name = textAt(object, "metadata", "name") ?? "";
    return namespace ? `${namespace}/${name}` : name;
}

export function parseId(id: string): { namespace: string | undefined; name: string } {
    const slash = id.indexOf("/");
    return slash < 0
        ? { namespace: undefined, name: id }
        : { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}

/** How messages name an object: `Deployment "media/jellyfin"`. */
export function describe(object: Tree): string {
    return `${textAt(object, "kind") ?? "object"} "${objectId(object)}"`;
}
