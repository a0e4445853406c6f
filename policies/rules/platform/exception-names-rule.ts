import { exceptionsOf } from "../../model/exception";
import type { ResourceRule } from "../../model/rule";
import { kubernetesType } from "../../model/subject";

/** @param names of all rules; asked when a resource is looked at, since this rule is one of them */
export function exceptionNamesRule(names: () => ReadonlySet<string>): ResourceRule {
    return {
        kind: "resource",
        name: "exception-names-rule",
        level: "mandatory",
        severity: "low",
        description: "Every exception names a rule that there is.",
        incident:
            "A rule was renamed, and the exceptions from its old name stayed in twelve objects: they excused nothing any more, " +
            "and everybody who read them believed that somebody had thought about it.",
        instead: "the name behind allow- as `npm run policy -- rules` lists it, or no such line.",
        applies: (type) => kubernetesType(type) !== undefined,
        check(subject, report) {
            for (const { rule, path } of exceptionsOf(subject)) {
                if (names().has(rule)) continue;
                const write = "correct the name, or remove the line";
                report.violation(subject, { path, wrong: `there is no rule ${rule}`, write });
            }
        },
    };
}
