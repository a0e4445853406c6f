import { allowedDisruptions } from "../../model/budget";
import { type GraphIndex, isIndexed, matching, ofKind, selects, type Workload } from "../../model/graph-index";
import { isKind } from "../../model/kind";
import { NotKnown } from "../../model/field";
import { replicasOf } from "../../model/replicas";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import { selectorLabels } from "../../model/selector";
import { namespaceOf } from "../../model/subject";

const isBudget = isKind("PodDisruptionBudget");

export const replicatedWorkloadHasBudget: StackRule = {
    kind: "stack",
    name: "replicated-workload-has-budget",
    level: "mandatory",
    severity: "high",
    description: "Two or more replicas have exactly one disruption budget, which never lets all of them go at once.",
    incident:
        "Two nodes were drained for a kernel update at the same time, and both replicas of a highly available service were " +
        "evicted together: nothing had told the cluster that one of them has to stay.",
    instead: "the PodDisruptionBudget that Workload makes; by hand, maxUnavailable 1 with the workload's own selector.",
    applies: (type) => isIndexed(type) || isBudget(type),
    check(graph, report) {
        for (const workload of graph.workloads) {
            report.guard(workload.subject, () => checkWorkload(workload, graph, report));
        }
    },
};

function checkWorkload(workload: Workload, graph: GraphIndex, report: Report): void {
    const { subject } = workload;
    if (subject.type.patch) return;
    const replicas = replicasOf(subject) ?? 1;
    if (replicas < 2) return;
    const { certain, open } = matching(ofKind(graph, "PodDisruptionBudget"), (budget) => {
        const labels = selectorLabels(budget.object.at("spec", "selector"));
        const answer = labels ? selects(labels, namespaceOf(budget), workload) : "no";
        if (answer instanceof NotKnown) throw answer;
        return answer === "yes";
    });
    const path = subject.object.at("spec", "replicas").path;
    if (certain.length === 0) {
        if (open) return report.unchecked(open.subject, open.unknown);
        return report.violation(subject, {
            path,
            wrong: `no disruption budget selects its ${replicas} replicas, so two drains may evict all of them at once`,
            write: "add a PodDisruptionBudget with maxUnavailable 1 and the workload's own selector",
        });
    }
    if (certain.length > 1) {
        return report.violation(subject, {
            path,
            wrong: `${certain.length} disruption budgets select it (${certain.map(({ title }) => title).join(", ")}), and with more than one no pod can be evicted`,
            write: "leave one of them",
        });
    }
    for (const budget of certain)
        report.guard(budget, () => {
            if (allowedDisruptions(budget, replicas) < replicas) return;
            report.violation(budget, {
                path: "spec",
                wrong: `lets all ${replicas} replicas of ${subject.title} go at once`,
                write: "write maxUnavailable 1",
            });
        });
}
