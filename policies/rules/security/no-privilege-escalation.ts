import { eachContainer, runsPods } from "../../model/containers";
import type { Field } from "../../model/field";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

export const noPrivilegeEscalation: ResourceRule = {
    kind: "resource",
    name: "no-privilege-escalation",
    level: "mandatory",
    severity: "high",
    description: "Every container says that it never gains privileges, and drops all capabilities.",
    incident:
        "A container that says nothing starts with fourteen capabilities, among them to write into any file it sees and to " +
        "make raw packets, and a setuid file in its image gives a hijacked download client root's rights on the library.",
    instead:
        'securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } }, as Workload writes it.',
    applies: runsPods,
    check(subject, report) {
        eachContainer(subject, report, (container) => checkContainer(subject, report, container));
    },
};

function checkContainer(subject: Subject, report: Report, container: Field): void {
    const context = container.at("securityContext");
    if (subject.type.patch && !context.exists()) return;
    // Kubernetes refuses the two together; that it is privileged is the other rule's.
    if (context.at("privileged").flag() === true) return;
    report.guard(subject, () => {
        const escalation = context.at("allowPrivilegeEscalation");
        if (escalation.flag() === false || (subject.type.patch && !escalation.exists())) return;
        const wrong = "is not false, so a setuid file in the image makes root of any process";
        report.violation(subject, { path: escalation.path, wrong, write: "write false" });
    });
    report.guard(subject, () => {
        const drop = context.at("capabilities", "drop");
        if (drop.items().some((dropped) => dropped.text()?.toUpperCase() === "ALL")) return;
        if (subject.type.patch && !drop.exists()) return;
        const wrong = "leaves ALL out, so the container keeps the runtime's capabilities";
        report.violation(subject, { path: drop.path, wrong, write: 'write ["ALL"], and add back the one it needs' });
    });
}
