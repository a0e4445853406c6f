import { eachContainer, runsPods } from "../../model/containers";
import type { Field } from "../../model/field";
import type { PodTemplate } from "../../model/pod-template";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

export const runAsNonRoot: ResourceRule = {
    kind: "resource",
    name: "run-as-non-root",
    level: "advisory",
    severity: "medium",
    description: "No container runs as root: runAsNonRoot is true and no user is 0.",
    incident:
        "One image of the download chain ran as root and wrote files to the NAS that the media server could not read; " +
        "and root in a container is root on the node as soon as there is one way out.",
    instead: "securityContext: { runAsNonRoot: true, runAsUser: 1000 } on the pod; Workload's runAs.",
    applies: runsPods,
    check(subject, report) {
        eachContainer(subject, report, (container, template) => checkContainer(subject, report, container, template));
    },
};

function checkContainer(subject: Subject, report: Report, container: Field, template: PodTemplate): void {
    const user = effective(container, template, "runAsUser");
    const nonRoot = effective(container, template, "runAsNonRoot");
    report.guard(subject, () => {
        if (user.number() !== 0) return;
        report.violation(subject, {
            path: user.path,
            wrong: "is 0, which is root",
            write: "name the image's own user",
        });
    });
    report.guard(subject, () => {
        if (nonRoot.flag() === true || (subject.type.patch && !nonRoot.exists())) return;
        const wrong = "is not true, so the image decides, and most images decide for root";
        report.violation(subject, { path: nonRoot.path, wrong, write: "write true" });
    });
}

/** The container's own word, else the pod's; the pod's is also where to write it. */
function effective(container: Field, template: PodTemplate, key: string): Field {
    const own = container.at("securityContext", key);
    return own.exists() ? own : template.spec.at("securityContext", key);
}
