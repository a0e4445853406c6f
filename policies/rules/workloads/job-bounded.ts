import { isKind } from "../../model/kind";
import type { Field } from "../../model/field";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

export const jobBounded: ResourceRule = {
    kind: "resource",
    name: "job-bounded",
    level: "mandatory",
    severity: "medium",
    description: "A job ends: it has a deadline and a number of attempts, and no two runs of a schedule overlap.",
    incident:
        "A backup hung on a dead file server while its schedule started one more each night, until the sixth took the last " +
        "memory of the node. The runs that had failed were kept for ever, too.",
    instead: "activeDeadlineSeconds and backoffLimit; for a schedule concurrencyPolicy Forbid and history limits too.",
    applies: isKind("Job", "CronJob"),
    check(subject, report) {
        if (subject.type.patch) return;
        const spec = subject.object.at("spec");
        const isSchedule = subject.type.kind === "CronJob";
        const job = isSchedule ? spec.at("jobTemplate", "spec") : spec;
        demand(subject, report, job.at("activeDeadlineSeconds"), "it may hang for ever", "write a number of seconds");
        demand(subject, report, job.at("backoffLimit"), "its attempts are not counted", "write a number, as 3");
        if (!isSchedule) return;
        report.guard(subject, () => {
            const policy = spec.at("concurrencyPolicy");
            const written = policy.text() ?? "Allow";
            if (written !== "Allow") return;
            report.violation(subject, { path: policy.path, wrong: "Allow lets runs pile up", write: "write Forbid" });
        });
        const late = "after a pause of the cluster every missed run counts, and none is started";
        demand(subject, report, spec.at("startingDeadlineSeconds"), late, "write a number of seconds, as 3600");
        for (const limit of ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"]) {
            demand(subject, report, spec.at(limit), "it is not said how many runs are kept", "write a number, as 3");
        }
    },
};

function demand(subject: Subject, report: Report, field: Field, wrong: string, write: string): void {
    report.guard(subject, () => {
        if (!field.exists()) report.violation(subject, { path: field.path, wrong, write });
    });
}
