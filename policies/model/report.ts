import { type Keys, NotKnown } from "./field";
import type { Level } from "./level";
import type { Subject } from "./subject";
import { exceptionFor } from "./exception";

/** Something that a rule refuses. */
export interface Violation {
    readonly rule: string;
    readonly level: Level;
    readonly urn: string;
    /** `<object> <path>: <what is wrong> (<rule>); <what to write>`, without any secret. */
    readonly message: string;
}

/** Something that a rule could not judge, because a value is unknown in this preview. */
export interface NotChecked {
    readonly rule: string;
    readonly urn: string;
    /** Where the first unknown value that mattered stands in the object. */
    readonly keys: Keys;
}

/** What a rule wants to say of one place; values are shown whole, since a secret is recognised by its whole text. */
export interface Finding {
    readonly path: string;
    /** What is wrong, with the value. */
    readonly wrong: string;
    /** What to write. */
    readonly write: string;
}

/** Collects what one rule says; exceptions, unknowns and secrets are handled here, so that no rule can forget them. */
export class Report {
    readonly violations: Violation[] = [];
    readonly notChecked: NotChecked[] = [];
    private readonly hidden: ReadonlySet<string>[] = [];

    constructor(private readonly rule: { readonly name: string; readonly level: Level }) {}

    /** Refuses something, unless the object carries an exception with a reason. */
    violation(subject: Subject, finding: Finding): void {
        this.guard(subject, () => {
            const exception = exceptionFor(subject, this.rule.name);
            if (exception?.reason) return;
            const write = exception ? `write the reason into ${exception.path}, or ${finding.write}` : finding.write;
            this.add(subject, { ...finding, write });
        });
    }

    /** Refuses an exception that says nothing, also where there is nothing to excuse yet. */
    emptyException(subject: Subject): void {
        if (subject.object.at("metadata", "annotations").undecided()) return;
        if (this.violations.some(({ urn }) => urn === subject.fact.urn)) return;
        this.guard(subject, () => {
            const exception = exceptionFor(subject, this.rule.name);
            if (exception?.reason !== "") return;
            this.add(subject, {
                path: exception.path,
                wrong: "no reason is given",
                write: "write it, or remove the line",
            });
        });
    }

    /** Runs one independent part of a check: an unknown in it leaves that part unchecked, and only that. */
    guard(subject: Subject, part: () => void): void {
        try {
            part();
        } catch (error) {
            if (!(error instanceof NotKnown)) throw error;
            this.unchecked(subject, error);
        }
    }

    /** Counts an unknown that a rule met in `subject`; the first one of each object is enough. */
    unchecked(subject: Subject, { keys }: NotKnown): void {
        const urn = subject.fact.urn;
        if (this.notChecked.some((entry) => entry.urn === urn)) return;
        this.notChecked.push({ rule: this.rule.name, urn, keys });
    }

    /** Secret texts that messages of this report must not show; the set may grow while a rule reads. */
    hide(secrets: ReadonlySet<string>): void {
        this.hidden.push(secrets);
    }

    private add(subject: Subject, { path, wrong, write }: Finding): void {
        const place = path === "" ? subject.title : `${subject.title} ${path}`;
        let message = `${place}: ${wrong} (${this.rule.name}); ${write}`;
        for (const secret of this.hidden.flatMap((secrets) => [...secrets])) {
            message = message.replaceAll(secret, "[secret]");
        }
        this.violations.push({ rule: this.rule.name, level: this.rule.level, urn: subject.fact.urn, message });
    }
}
