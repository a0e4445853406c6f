import { type GraphIndex, isIndexed, matching, ofKind, selects, type Workload } from "../../model/graph-index";
import { isKind } from "../../model/kind";
import { NotKnown } from "../../model/field";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import { selectorLabels } from "../../model/selector";
import { namespaceOf } from "../../model/subject";

const isPolicy = isKind("NetworkPolicy");

export const podsBehindNetworkPolicy: StackRule = {
    kind: "stack",
    name: "pods-behind-network-policy",
    level: "mandatory",
    severity: "medium",
    description: "A network policy selects every pod of the program, so that only those come in who are named.",
    incident:
        "Every pod of the cluster could open the database, and a program with a leaked password from another namespace did: " +
        "without a policy that selects a pod, Kubernetes lets everybody in.",
    instead: "admits and reaches of Workload, which write the policy.",
    applies: (type) => isIndexed(type) || isPolicy(type),
    check(graph, report) {
        for (const workload of graph.workloads) {
            report.guard(workload.subject, () => checkWorkload(workload, graph, report));
        }
    },
};

function checkWorkload(workload: Workload, graph: GraphIndex, report: Report): void {
    const { subject, template } = workload;
    // Policies do not hold for the network of a node.
    if (subject.type.patch || template.spec.at("hostNetwork").flag() === true) return;
    const { certain, open } = matching(ofKind(graph, "NetworkPolicy"), (policy) => {
        const types = policy.object.at("spec", "policyTypes");
        if (types.exists() && !types.items().some((type) => type.text() === "Ingress")) return false;
        const answer = selects(
            selectorLabels(policy.object.at("spec", "podSelector")) ?? {},
            namespaceOf(policy),
            workload,
        );
        if (answer instanceof NotKnown) throw answer;
        return answer === "yes";
    });
    if (certain.length > 0) return;
    if (open) return report.unchecked(open.subject, open.unknown);
    report.violation(subject, {
        path: template.labels.path,
        wrong: "no network policy selects its pods, so that every pod of the cluster may talk to them",
        write: "add a NetworkPolicy with the workload's own selector that admits those who need it",
    });
}
