import type { Day } from "./day";
import { type GraphIndex, indexGraph } from "./graph-index";
import type { Broken, NotChecked, Violation } from "./report";
import { Report } from "./report";
import type { ResourceFact } from "./fact";
import type { ResourceRule, Rule } from "./rule";
import { type Subject, readSubject } from "./subject";

/** What rules say of a resource or of a graph. */
export interface Outcome {
    readonly violations: readonly Violation[];
    /** One entry a rule and resource. */
    readonly notChecked: readonly NotChecked[];
    /** Rules that failed themselves; there is something to mend even where nothing is refused. */
    readonly broken: readonly Broken[];
}

/** One rule over one resource of a type that it applies to. @param today decides which exceptions are over */
export function checkSubject(rule: ResourceRule, subject: Subject, today: Day): Outcome {
    const report = new Report(rule, today);
    inspect(rule, subject, report);
    return report;
}

/** Rules over a whole graph, which is read once for all of them. @param today decides which exceptions are over */
export function checkAll(rules: readonly Rule[], facts: readonly ResourceFact[], today: Day): Outcome {
    const wanted = facts.filter(({ type }) => rules.some((rule) => rule.applies(type)));
    const subjects = wanted.flatMap((fact) => readSubject(fact) ?? []);
    return checkGraph(rules, indexGraph(subjects), today);
}

/** Rules over a graph that was read before; each looks at the types that it applies to, and at the index. */
export function checkGraph(rules: readonly Rule[], graph: GraphIndex, today: Day): Outcome {
    const { subjects } = graph;
    const reports = rules.map((rule) => {
        const report = new Report(rule, today);
        switch (rule.kind) {
            case "resource":
                for (const subject of subjects) if (rule.applies(subject.fact.type)) inspect(rule, subject, report);
                break;
            case "stack":
                for (const { secrets } of subjects) report.hide(secrets);
                report.attempt(undefined, () => rule.check(graph, report));
                for (const subject of subjects) if (rule.applies(subject.fact.type)) report.exception(subject);
                break;
            default:
                throw new Error(`no such kind of rule: ${rule satisfies never}`);
        }
        return report;
    });
    return {
        violations: reports.flatMap((report) => report.violations),
        notChecked: reports.flatMap((report) => report.notChecked),
        broken: reports.flatMap((report) => report.broken),
    };
}

function inspect(rule: ResourceRule, subject: Subject, report: Report): void {
    report.hide(subject.secrets);
    report.attempt(subject, () => report.guard(subject, () => rule.check(subject, report)));
    report.exception(subject);
}
