import { eachContainer, runsPods } from "../../model/containers";
import type { Field } from "../../model/field";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

export const containerResourcesSet: ResourceRule = {
    kind: "resource",
    name: "container-resources-set",
    level: "mandatory",
    severity: "high",
    description: "Every container reserves CPU and memory, and has a limit of memory.",
    incident:
        "A media scan without a memory limit grew until the kernel of its node chose a victim, and it chose the database. " +
        "Without requests the scheduler had put both on the same small machine: to it they needed nothing.",
    instead:
        'resources: { requests: { cpu: "250m", memory: "512Mi" }, limits: { memory: "1Gi" } }, as measured; no CPU limit.',
    applies: runsPods,
    check(subject, report) {
        eachContainer(subject, report, (container) => checkContainer(subject, report, container));
    },
};

/** What must be there, and what it is for. */
const asked = [
    { list: "requests", key: "cpu", why: "to the scheduler it needs no time at all" },
    { list: "requests", key: "memory", why: "to the scheduler it needs no space at all" },
    { list: "limits", key: "memory", why: "it may take its node's whole memory, and the kernel kills another" },
] as const;

function checkContainer(subject: Subject, report: Report, container: Field): void {
    // Kubernetes lets nobody give an ephemeral container resources.
    if (container.path.includes("ephemeralContainers")) return;
    const resources = container.at("resources");
    if (subject.type.patch && !resources.exists()) return;
    for (const { list, key, why } of asked) {
        report.guard(subject, () => {
            const field = resources.at(list, key);
            // A limit without a request is a request too: the server writes it down.
            if (isSet(field) || (list === "requests" && isSet(resources.at("limits", key)))) return;
            report.violation(subject, {
                path: field.path,
                wrong: `is not set, so ${why}`,
                write: "write what was measured",
            });
        });
    }
}

/** A quantity may be written as a number too. Throws `NotKnown`. */
function isSet(field: Field): boolean {
    return field.number() !== undefined || (field.text() ?? "") !== "";
}
