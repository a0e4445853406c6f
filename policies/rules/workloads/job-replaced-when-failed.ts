import { isKind } from "../../model/kind";
import type { ResourceRule } from "../../model/rule";

const annotation = "pulumi.com/replaceUnready";

export const jobReplacedWhenFailed: ResourceRule = {
    kind: "resource",
    name: "job-replaced-when-failed",
    level: "mandatory",
    severity: "low",
    plannedOnly: true,
    description: "A job that failed is made anew by the next update: it asks for that, and nothing protects it.",
    incident:
        "A job tried a database that refused its user. The user was put right, and every update after that still failed with " +
        "the first failure, until somebody found out that the job has to be deleted by hand.",
    instead: `the annotation ${annotation}: "true" and protect: false, as run: { kind: "Job" } of a Workload has them.`,
    applies: isKind("Job"),
    check(subject, report) {
        if (subject.type.patch) return;
        report.guard(subject, () => {
            const field = subject.object.at("metadata", "annotations", annotation);
            if (field.text() === "true") return;
            const wrong = "a failed one stays in the way until it is deleted by hand";
            report.violation(subject, { path: field.path, wrong, write: 'write "true"' });
        });
        if (subject.fact.opts.protect !== true) return;
        const wrong = "is protected, and what is protected is never replaced";
        report.violation(subject, { path: "", wrong, write: "write protect: false; a job holds nothing" });
    },
};
