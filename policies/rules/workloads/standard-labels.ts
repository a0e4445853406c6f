import { podTemplates, workloadKinds } from "../../model/pod-template";
import type { Field } from "../../model/field";
import { isKind } from "../../model/kind";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

const standard = ["name", "instance", "component", "part-of", "managed-by"].map((word) => `app.kubernetes.io/${word}`);

export const standardLabels: ResourceRule = {
    kind: "resource",
    name: "standard-labels",
    level: "mandatory",
    severity: "low",
    description: "Workloads, their pods and Services carry the five standard labels.",
    incident:
        "Four apps were labelled in four ways. A selector by `app` alone matched an app's database as well, an alert by " +
        "`part-of` missed half of the house, and nobody knew which objects Pulumi would put back.",
    instead: "Workload's identity; by hand, app.kubernetes.io/name, instance, component, part-of and managed-by.",
    applies: isKind("Service", ...workloadKinds),
    check(subject, report) {
        // A patch adds single labels to an object that has its own.
        if (subject.type.patch) return;
        checkLabels(subject, report, subject.object.at("metadata", "labels"));
        if (subject.type.kind === "Pod") return;
        for (const { labels } of podTemplates(subject)) checkLabels(subject, report, labels);
    },
};

function checkLabels(subject: Subject, report: Report, labels: Field): void {
    report.guard(subject, () => {
        const written = new Set(labels.keys());
        const missing = standard.filter((label) => !written.has(label) || !labels.at(label).exists());
        if (missing.length === 0) return;
        report.violation(subject, {
            path: labels.path,
            wrong: `${missing.join(", ")} missing: policies, alerts and people find pods by them`,
            write: "add them, as objectLabels of components/workload does",
        });
    });
}
