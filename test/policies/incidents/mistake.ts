import type * as pulumi from "@pulumi/pulumi";

/** A refusal that a mistake has to meet. */
export interface Refusal {
    readonly rule: string;
    /** How the message names the object. */
    readonly object: string;
    /** What the message says to write. */
    readonly cure: RegExp;
}

/** Something that somebody once wrote, as Pulumi code, and what is said of it today. */
export interface Mistake {
    /** Its row in the inventory of incidents (G, H) and traps (T). */
    readonly row: string;
    readonly story: string;
    /** Writes it again. */
    readonly make: (opts: pulumi.CustomResourceOptions) => void;
    readonly refusals: readonly Refusal[];
}

/** Labels of an object in the way of the house. */
export function labels(name: string, component = "web"): Record<string, string> {
    return { "app.kubernetes.io/name": name, "app.kubernetes.io/component": component };
}

/** Names and labels of an object. */
export function metadata(name: string, namespace = "media") {
    return { name, namespace, labels: labels(name) };
}
