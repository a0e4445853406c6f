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
    description:
        "Network policies select every pod of the program both ways: only those come in who are named, and it goes only where it is sent.",
    incident:
        "Every pod of the cluster could open the database, and a program with a leaked password from another namespace did: " +
        "without a policy that selects a pod, Kubernetes lets everybody in.",
    instead: "admits and reaches of Workload, which write the policy.",
    applies: (type) => isIndexed(type) || isPolicy(type),
    check(graph, report) {
        const uncovered = ways.map((way) => [way, uncoveredBy(way, graph, report)] as const);
        for (const workload of graph.workloads) {
            const open = uncovered.flatMap(([way, found]) => {
                const tell = found.get(workload);
                return tell === undefined ? [] : [{ way, tell }];
            });
            const [unknown] = open.flatMap(({ tell }) => (tell === "open" ? [] : [tell]));
            if (open.length === 0) continue;
            report.guard(workload.subject, () => {
                if (unknown === undefined)
                    refuse(
                        workload,
                        open.map(({ way }) => way),
                        report,
                    );
                else unknown();
            });
        }
    },
};

const ways = ["Ingress", "Egress"] as const;
type Way = (typeof ways)[number];

/** Workloads that no policy is known to decide about in this way: nobody at all, or perhaps one that is not known yet. */
function uncoveredBy(way: Way, graph: GraphIndex, report: Report): ReadonlyMap<Workload, "open" | (() => void)> {
    const found = new Map<Workload, "open" | (() => void)>(graph.workloads.map((workload) => [workload, "open"]));
    const covered = new Set<Workload>();
    for (const policy of ofKind(graph, "NetworkPolicy")) {
        const { certain, unknown } = decidedBy(policy, way, graph);
        for (const workload of certain) covered.add(workload);
        for (const [workload, error] of unknown) found.set(workload, () => report.unchecked(policy, error));
    }
    for (const workload of covered) found.delete(workload);
    return found;
}

/** The workloads whose way in or out a policy decides, and those of which that is not known yet. */
function decidedBy(
    policy: Subject,
    way: Way,
    graph: GraphIndex,
): { certain: readonly Workload[]; unknown: readonly (readonly [Workload, NotKnown])[] } {
    try {
        const types = policy.object.at("spec", "policyTypes");
        // Without the list: the way in always, the way out where there are rules for it.
        const decides = types.exists()
            ? types.items().some((type) => type.text() === way)
            : way === "Ingress" || policy.object.at("spec", "egress").exists();
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

function refuse({ subject, template }: Workload, open: readonly Way[], report: Report): void {
    // Policies do not hold for the network of a node.
    if (subject.type.patch || template.spec.at("hostNetwork").flag() === true) return;
    report.violation(subject, {
        path: template.labels.path,
        wrong: open.includes("Ingress")
            ? "no network policy selects its pods, so that every pod of the cluster may talk to them"
            : "no network policy with policyTypes Egress selects its pods, so that they may talk to everybody",
        write: "add a NetworkPolicy with the workload's own selector that names who comes in and where it goes",
    });
}
