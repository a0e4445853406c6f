import { type GraphIndex, isIndexed, ofKind, selects, type Workload, workloadsIn } from "../../model/graph-index";
import { isKind } from "../../model/kind";
import { NotKnown } from "../../model/field";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import { selectorLabels } from "../../model/selector";
import { type Subject, namespaceOf } from "../../model/subject";

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
        const covered = new Set<Workload>();
        const open = new Map<Workload, () => void>();
        for (const policy of ofKind(graph, "NetworkPolicy")) {
            const { certain, unknown } = admittedBy(policy, graph);
            for (const workload of certain) covered.add(workload);
            for (const [workload, error] of unknown) open.set(workload, () => report.unchecked(policy, error));
        }
        for (const workload of graph.workloads) {
            if (covered.has(workload)) continue;
            report.guard(workload.subject, () => (open.get(workload) ?? (() => refuse(workload, report)))());
        }
    },
};

/** The workloads whose way in a policy decides, and those of which that is not known yet. */
function admittedBy(
    policy: Subject,
    graph: GraphIndex,
): { certain: readonly Workload[]; unknown: readonly (readonly [Workload, NotKnown])[] } {
    try {
        const types = policy.object.at("spec", "policyTypes");
        const decides = !types.exists() || types.items().some((type) => type.text() === "Ingress");
        if (!decides) return { certain: [], unknown: [] };
        const labels = selectorLabels(policy.object.at("spec", "podSelector")) ?? {};
        const namespace = namespaceOf(policy);
        const answers = workloadsIn(namespace, graph).map(
            (workload) => [workload, selects(labels, namespace, workload)] as const,
        );
        return {
            certain: answers.flatMap(([workload, answer]) => (answer === "yes" ? [workload] : [])),
            unknown: answers.flatMap(([workload, answer]) =>
                answer instanceof NotKnown ? [[workload, answer] as const] : [],
            ),
        };
    } catch (error) {
        if (!(error instanceof NotKnown)) throw error;
        return { certain: [], unknown: graph.workloads.map((workload) => [workload, error] as const) };
    }
}

function refuse({ subject, template }: Workload, report: Report): void {
    // Policies do not hold for the network of a node.
    if (subject.type.patch || template.spec.at("hostNetwork").flag() === true) return;
    report.violation(subject, {
        path: template.labels.path,
        wrong: "no network policy selects its pods, so that every pod of the cluster may talk to them",
        write: "add a NetworkPolicy with the workload's own selector that admits those who need it",
    });
}
