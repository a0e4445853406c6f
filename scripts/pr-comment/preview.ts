import type { Values } from "../mask/plain-values";

/** What a preview would do to one resource; several steps of the engine for one replacement are one change. */
export type Change = "create" | "update" | "replace" | "delete" | "import" | "read" | "other";

/** A resource as it is, or as it is to be. */
export interface ResourceState {
    readonly id: string;
    readonly protect: boolean;
    readonly inputs: Values;
    readonly outputs: Values;
}

/** What happens to one property: `forces` says that it is why the resource is replaced. */
export interface PropertyChange {
    readonly path: string;
    readonly forces: boolean;
}

export interface ResourceChange {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
    readonly change: Change;
    readonly before: ResourceState | undefined;
    readonly after: ResourceState | undefined;
    /** As the provider tells them; empty where it does not say. */
    readonly properties: readonly PropertyChange[];
}

export type Level = "mandatory" | "advisory";

/** What a policy says of one resource. */
export interface PolicyFinding {
    readonly policy: string;
    readonly level: Level;
    /** Empty where the policy looked at the whole stack and names none. */
    readonly urn: string;
    readonly message: string;
}

export interface Diagnostic {
    readonly severity: "warning" | "error";
    readonly urn: string;
    readonly message: string;
}

/** Everything that a preview said, before anything is masked. */
export interface Preview {
    readonly changes: readonly ResourceChange[];
    /** The engine's own count by operation, components and providers included; `undefined` where it did not get so far. */
    readonly counts: Readonly<Record<string, number>> | undefined;
    readonly findings: readonly PolicyFinding[];
    /** `unknown`: this form of a preview does not tell. */
    readonly policies: "ran" | "none" | "unknown";
    readonly diagnostics: readonly Diagnostic[];
    /** `cut` when the output ends in the middle, `none` when there is no preview in it at all. */
    readonly completeness: "whole" | "cut" | "none";
    /** Lines of the output that are no JSON; of use when nothing else is left. */
    readonly otherLines: readonly string[];
    /** Secrets that stand in the output in plain, because it was made with `--show-secrets`. */
    readonly shownSecrets: readonly string[];
}

/** The last part of a URN, which may hold anything, `::` included. */
export function nameOf(urn: string): string {
    return urn.split("::").slice(3).join("::");
}

/** The resource's own type, without those of its parents. */
export function typeOf(urn: string): string {
    return (urn.split("::")[2] ?? "").split("$").at(-1) ?? "";
}
