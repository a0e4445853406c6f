import { eachPod } from "../../model/containers";
import type { Field } from "../../model/field";
import { isKind } from "../../model/kind";
import type { ResourceRule } from "../../model/rule";

const hostLabel = "topology.kubernetes.io/zone";

export const knownNodesOnly: ResourceRule = {
    kind: "resource",
    name: "known-nodes-only",
    level: "mandatory",
    severity: "medium",
    description: "Pods go only to nodes that say on which host they are.",
    incident:
        "A board had been joined to the cluster by hand. It had no label with its host, so required spreading took no notice " +
        "of it: one replica landed there, on a machine without the programs to mount its volumes.",
    instead: `required node affinity for ${hostLabel} Exists, which Workload writes.`,
    applies: isKind("Deployment", "StatefulSet", "Job", "CronJob"),
    check(subject, report) {
        if (subject.type.patch) return;
        eachPod(subject, report, ({ spec }) => {
            const affinity = spec.at("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution");
            const terms = affinity.at("nodeSelectorTerms").items();
            if (spec.at("nodeSelector", hostLabel).exists()) return;
            if (terms.length > 0 && terms.every((term) => term.at("matchExpressions").items().some(namesHost))) return;
            report.violation(subject, {
                path: affinity.path,
                wrong: "its pods may be put on a node that was joined by hand, of which nothing is known",
                write: `require ${hostLabel} Exists of the node`,
            });
        });
    },
};

function namesHost(expression: Field): boolean {
    const operator = expression.at("operator").text();
    return expression.at("key").text() === hostLabel && (operator === "Exists" || operator === "In");
}
