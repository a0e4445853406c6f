import { indexGraph } from "./graph-index";
import type { NotChecked, Violation } from "./report";
import { Report } from "./report";
import type { ResourceFact } from "./fact";
import type { ResourceRule, Rule } from "./rule";
import { type Subject, readSubject } from "./subject";

/** What rules say of a resource or of a graph. */
export interface Outcome {
    readonly violations: readonly Violation[];
    /** One entry a rule and resource. */
    readonly notChecked: readonly NotChecked[];
}

/** One rule over one resource, as the engine asks for it. */
export function checkResource(rule: ResourceRule, fact: ResourceFact): Outcome {
    const subject = rule.applies(fact.type) ? readSubject(fact) : undefined;
    const report = new Report(rule);
    if (subject) inspect(rule, subject, report);
    return report;
}

/** Rules over a whole graph, which is read once for all of them. */
export function checkAll(rules: readonly Rule[], facts: readonly ResourceFact[]): Outcome {
    const wanted = facts.filter(({ type }) => rules.some((rule) => rule.applies(type)));
    const subjects = wanted.flatMap((fact) => readSubject(fact) ?? []);
    const graph = indexGraph(subjects);
    const reports = rules.map((rule) => {
        const report = new Report(rule);
        switch (rule.kind) {
            case "resource":
                for (const subject of subjects) if (rule.applies(subject.fact.type)) inspect(rule, subject, report);
                break;
            case "stack":
                for (const { secrets } of subjects) report.hide(secrets);
                rule.check(graph, report);
                for (const subject of subjects) if (rule.applies(subject.fact.type)) report.emptyException(subject);
                break;
            default:
                throw new Error(`no such kind of rule: ${rule satisfies never}`);
        }
        return report;
    });
    return {
        violations: reports.flatMap((report) => report.violations),
        notChecked: reports.flatMap((report) => report.notChecked),
    };
}

function inspect(rule: ResourceRule, subject: Subject, report: Report): void {
    report.hide(subject.secrets);
    report.guard(subject, () => rule.check(subject, report));
    report.emptyException(subject);
}
