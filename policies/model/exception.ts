import { type Subject } from "./subject";

/** `policy.homelab/allow-<rule>: "<reason>"` on an object's own metadata. */
const prefix = "policy.homelab/allow-";

export interface Exception {
    readonly rule: string;
    /** Why the rule does not hold here; empty when nobody wrote it, and then it excuses nothing. */
    readonly reason: string;
    readonly path: string;
}

/** @returns undefined where none is written. Throws `NotKnown` when the annotations are unknown. */
export function exceptionFor(subject: Subject, rule: string): Exception | undefined {
    const field = subject.object.at("metadata", "annotations", `${prefix}${rule}`);
    return field.exists() ? { rule, reason: (field.text() ?? "").trim(), path: field.path } : undefined;
}

/** Every exception that an object asks for. Throws `NotKnown`. */
export function exceptionsOf(subject: Subject): readonly Exception[] {
    const rules = subject.object
        .at("metadata", "annotations")
        .keys()
        .filter((key) => key.startsWith(prefix))
        .map((key) => key.slice(prefix.length));
    return rules.flatMap((rule) => exceptionFor(subject, rule) ?? []);
}
