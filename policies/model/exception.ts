import { type Day, parseDay } from "./day";
import type { Field } from "./field";
import type { Subject } from "./subject";

/** `policy.homelab/allow-<rule>: "<reason>; owner=<who>; until=<day>"` on an object's own metadata. */
const prefix = "policy.homelab/allow-";

/** How an exception is written, for messages. */
export const exceptionForm = "<reason>; owner=<who>; until=<year-month-day>";

/** An exception that an object asks for, as it was written. */
export interface Exception {
    readonly rule: string;
    /** Why the rule does not hold here; empty when nobody wrote it. */
    readonly reason: string;
    /** Who is asked when it ends; empty when nobody was named. */
    readonly owner: string;
    /** The last day on which it excuses anything; `undefined` when none, or no day, was written. */
    readonly until: Day | undefined;
    readonly path: string;
}

/** Why an exception excuses nothing, and what to do about it. */
export interface Flaw {
    readonly wrong: string;
    readonly write: string;
}

/** @returns undefined where none is written. Throws `NotKnown` when the annotations are unknown. */
export function exceptionFor(subject: Subject, rule: string): Exception | undefined {
    const field = subject.object.at("metadata", "annotations", `${prefix}${rule}`);
    return field.exists() ? parse(rule, field) : undefined;
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

/** @returns undefined for an exception that holds on `today`. */
export function flawOf({ reason, owner, until }: Exception, today: Day): Flaw | undefined {
    const remove = "or remove the line";
    if (reason === "") return { wrong: "no reason is given", write: `write it, ${remove}` };
    if (owner === "") return { wrong: "names no owner", write: `write \`${exceptionForm}\`, ${remove}` };
    if (until === undefined) return { wrong: "names no last day", write: `write \`${exceptionForm}\`, ${remove}` };
    if (until >= today) return undefined;
    return {
        wrong: `ended on ${until} (owner: ${owner})`,
        write: "mend what it excused and remove the line, or agree on a later day and write it",
    };
}

function parse(rule: string, field: Field): Exception {
    const parts = (field.text() ?? "").split(";").map((part) => part.trim());
    const named = (name: string) => parts.findLast((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
    const reason = parts.filter((part) => part !== "" && !/^(owner|until)=/.test(part)).join("; ");
    return { rule, reason, owner: named("owner").trim(), until: parseDay(named("until").trim()), path: field.path };
}
