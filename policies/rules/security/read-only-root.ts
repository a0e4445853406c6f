import { eachContainer, runsPods } from "../../model/containers";
import type { Field } from "../../model/field";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

export const readOnlyRoot: ResourceRule = {
    kind: "resource",
    name: "read-only-root",
    level: "advisory",
    severity: "medium",
    description: "The root file system of every container is read-only; what it writes to is mounted.",
    incident:
        "Downloads went to a path that no volume was mounted at: 4 GB were written into the container's own layer, filled the " +
        "node's disk, and were gone with the next restart. On a read-only root the first byte fails.",
    instead: "readOnlyRootFilesystem: true, and a volume (an emptyDir with a sizeLimit for /tmp) where it writes.",
    applies: runsPods,
    check(subject, report) {
        eachContainer(subject, report, (container) => checkContainer(subject, report, container));
    },
};

function checkContainer(subject: Subject, report: Report, container: Field): void {
    const flag = container.at("securityContext", "readOnlyRootFilesystem");
    if (flag.flag() === true || (subject.type.patch && !flag.exists())) return;
    report.violation(subject, {
        path: flag.path,
        wrong: "is not true, so what no volume holds is written to the node's disk and lost with the container",
        write: "write true, and mount a volume where it writes",
    });
}
