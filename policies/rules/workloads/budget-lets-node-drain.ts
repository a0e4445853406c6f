import { allowedDisruptions } from "../../model/budget";
import { type GraphIndex, isIndexed, ofKind, selected } from "../../model/graph-index";
import { isKind } from "../../model/kind";
import { replicasOf } from "../../model/replicas";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import { selectorLabels, showLabels } from "../../model/selector";
import { type Subject, namespaceOf } from "../../model/subject";

const isBudget = isKind("PodDisruptionBudget");

export const budgetLetsNodeDrain: StackRule = {
    kind: "stack",
    name: "budget-lets-node-drain",
    level: "mandatory",
    severity: "medium",
    description: "A disruption budget selects one workload, and lets at least one of its pods be evicted.",
    incident:
        "A budget with minAvailable 1 on a single replica let no node be drained: the update of the cluster waited for an " +
        "eviction that was refused for ever, until somebody deleted the pod by hand.",
    instead: "no budget for a single replica; maxUnavailable 1 for several.",
    applies: (type) => isIndexed(type) || isBudget(type),
    check(graph, report) {
        for (const budget of ofKind(graph, "PodDisruptionBudget")) {
            report.guard(budget, () => checkBudget(budget, graph, report));
        }
    },
};

function checkBudget(budget: Subject, graph: GraphIndex, report: Report): void {
    const selector = budget.object.at("spec", "selector");
    const labels = selectorLabels(selector);
    // What cannot be said as labels may select anything.
    if (!labels && selector.exists()) return;
    const { certain, open } = selected(labels, namespaceOf(budget), graph);
    for (const { subject } of certain) {
        report.guard(budget, () => {
            const replicas = replicasOf(subject);
            if (replicas === undefined || replicas < 1 || allowedDisruptions(budget, replicas) > 0) return;
            report.violation(budget, {
                path: "spec",
                wrong: `lets none of the pods of ${subject.title} (replicas: ${replicas}) be evicted, so that a drain of its node never ends`,
                write: replicas === 1 ? "remove the budget" : "write maxUnavailable 1",
            });
        });
    }
    if (certain.length === 1) return;
    if (open) return report.unchecked(open.subject, open.unknown);
    const titles = certain.map(({ subject }) => subject.title).join(", ") || "no workload";
    report.violation(budget, {
        path: selector.path,
        wrong: `${labels ? showLabels(labels) : "nothing"} selects ${titles}, and a budget counts the pods of one workload`,
        write: "use the selector of the workload that it is for, in the workload's namespace",
    });
}
