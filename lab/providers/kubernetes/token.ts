import type { Properties } from "../kit/provider";

/** What a type token of the SDK stands for. */
export type Target =
    | { readonly kind: "object"; readonly apiVersion: string; readonly objectKind: string; readonly isPatch: boolean }
    | { readonly kind: "release" };

const refused: readonly (readonly [RegExp, string])[] = [
    [/^kubernetes:helm\.sh\/v[24]:/, "write a kubernetes.helm.v3.Release"],
    [/^kubernetes:yaml(\/v2)?:/, "write the objects as resources of their own"],
    [/^kubernetes:kustomize(\/v2)?:/, "write the objects as resources of their own"],
];

/** Groups whose `XPatch` and `XList` types are made by the SDK; in other groups these are kinds of their own. */
function isBuiltIn(group: string): boolean {
    return !group.includes(".") || group.endsWith(".k8s.io");
}

/**
 * Reads a type token such as `kubernetes:apps/v1:StatefulSet` or, of a custom resource, `kubernetes:traefik.io/v1alpha1:IngressRoute`.
 * @param inputs tell a patch (`ConfigMapPatch` with the kind `ConfigMap`) from a kind that ends in "Patch" itself.
 * @throws Error for what the lab does not stand in for.
 */
export function parseToken(token: string, inputs: Properties = {}): Target {
    for (const [pattern, advice] of refused)
        if (pattern.test(token)) throw new Error(`${token}: is not part of the lab's Kubernetes plugin; ${advice}`);
    if (token === "kubernetes:helm.sh/v3:Release") return { kind: "release" };
    const match = /^kubernetes:(?:([^/:]+)\/)?([^/:]+):([^:]+)$/.exec(token);
    const [, group = "", version = "", name = ""] = match ?? [];
    if (!match) throw new Error(`${token}: is no type of the Kubernetes plugin (kubernetes:<group>/<version>:<Kind>)`);
    const apiVersion = group === "" || group === "core" ? version : `${group}/${version}`;
    if (name.endsWith("List") && isBuiltIn(group))
        throw new Error(`${token}: a list is no object of its own (the API server keeps its items); write each item`);
    const isPatch =
        name.endsWith("Patch") && name !== "Patch" && inputs["kind"] !== name && (isBuiltIn(group) || "kind" in inputs);
    return { kind: "object", apiVersion, objectKind: isPatch ? name.slice(0, -"Patch".length) : name, isPatch };
}

/** `apps/v1` -> `apps`, `v1` -> the empty group. */
export function groupOf(apiVersion: string): string {
    const slash = apiVersion.indexOf("/");
    return slash < 0 ? "" : apiVersion.slice(0, slash);
}
