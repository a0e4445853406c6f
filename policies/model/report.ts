import { type Keys, NotKnown } from "./field";
import type { Level } from "./level";
import type { Subject } from "./subject";
import type { Day } from "./day";
import { exceptionFor, flawOf } from "./exception";

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

/** A rule that failed itself. What it did not come to look at was neither accepted nor refused. */
export interface Broken {
    readonly rule: string;
    readonly level: Level;
    /** What it was looking at; `undefined` for the whole graph. */
    readonly urn: string | undefined;
    readonly message: string;
}

/** What a rule wants to say of one place; values are shown whole, since a secret is recognised by its whole text. */
export interface Finding {
    readonly path: string;
    /** What is wrong, with the value. */
    readonly wrong: string;
    /** What to write. */
    readonly write: string;
}

/** Collects what one rule says; exceptions, unknowns, secrets and failures are handled here, so that no rule can forget them. */
export class Report {
    readonly violations: Violation[] = [];
    readonly notChecked: NotChecked[] = [];
    readonly broken: Broken[] = [];
    private readonly hidden: ReadonlySet<string>[] = [];

    /** @param today decides which exceptions are over */
    constructor(
        private readonly rule: { readonly name: string; readonly level: Level },
        private readonly today: Day,
    ) {}

    /** Refuses something, unless the object carries an exception that holds today. */
    violation(subject: Subject, finding: Finding): void {
        this.guard(subject, () => {
            const exception = exceptionFor(subject, this.rule.name);
            if (exception && !flawOf(exception, this.today)) return;
            this.add(subject, finding);
        });
    }

    /** Refuses an exception that is incomplete or over, also where there is nothing to excuse. */
    exception(subject: Subject): void {
        if (subject.object.at("metadata", "annotations").undecided()) return;
        this.guard(subject, () => {
            const exception = exceptionFor(subject, this.rule.name);
            const flaw = exception && flawOf(exception, this.today);
            if (flaw) this.add(subject, { path: exception.path, ...flaw });
        });
    }

    /** Runs the rule itself: a rule that fails is told as such, and takes nothing else down with it. */
    attempt(subject: Subject | undefined, check: () => void): void {
        try {
            check();
        } catch (error) {
            const { name, level } = this.rule;
            const what = this.masked(error instanceof Error ? error.message : String(error));
            const message = `${subject?.title ?? "the whole graph"}: the rule ${name} itself is broken (${what}), so this was not judged; mend the rule`;
            this.broken.push({ rule: name, level, urn: subject?.fact.urn, message });
        }
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
        const message = this.masked(`${place}: ${wrong} (${this.rule.name}); ${write}`);
        this.violations.push({ rule: this.rule.name, level: this.rule.level, urn: subject.fact.urn, message });
    }

    private masked(text: string): string {
        const secrets = this.hidden.flatMap((set) => [...set]);
        return secrets.reduce((message, secret) => message.replaceAll(secret, "[secret]"), text);
    }
}
