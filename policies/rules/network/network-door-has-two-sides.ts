import type { Field } from "../../model/field";
import { type GraphIndex, isIndexed, type Workload } from "../../model/graph-index";
import { isKind } from "../../model/kind";
import { type Direction, isPeer, peersOf, type Ruling, rulings } from "../../model/network-policy";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

export const networkDoorHasTwoSides: StackRule = {
    kind: "stack",
    name: "network-door-has-two-sides",
    level: "mandatory",
    severity: "medium",
    description: "Where one workload may talk to another, the other lets it in, and the other way round.",
    incident:
        "The policy that let the program into its database was deleted as unused. What was connected stayed connected; the " +
        "first restart, at night, hung on a database that was healthy for everybody who looked at it.",
    instead: "a handle of the workload in reaches, which writes both sides at once.",
    applies: (type) => isIndexed(type) || isKind("NetworkPolicy")(type),
    check(graph, report) {
        for (const workload of graph.workloads) {
            for (const direction of ["egress", "ingress"] as const) {
                report.guard(workload.subject, () => checkSide(workload, direction, graph, report));
            }
        }
    },
};

function checkSide(workload: Workload, direction: Direction, graph: GraphIndex, report: Report): void {
    for (const { policy, rules } of rulings(workload, direction, graph)) {
        for (const { peer, ports } of entries(rules, direction)) {
            report.guard(policy, () => {
                for (const other of peersOf(peer, policy, graph)) {
                    if (other !== workload)
                        checkPeer({ workload, direction, other, policy, peer, ports }, graph, report);
                }
            });
        }
    }
}

interface Way {
    readonly workload: Workload;
    readonly direction: Direction;
    readonly other: Workload;
    readonly policy: Subject;
    readonly peer: Field;
    readonly ports: Field;
}

function checkPeer({ workload, direction, other, policy, peer, ports }: Way, graph: GraphIndex, report: Report): void {
    report.guard(policy, () => {
        const opposite = direction === "egress" ? "ingress" : "egress";
        if (isOpen(rulings(other, opposite, graph), workload, ports, opposite)) return;
        const [from, to] = direction === "egress" ? [workload, other] : [other, workload];
        const refusal = direction === "egress" ? "does not let it in" : "does not go there";
        report.violation(policy, {
            path: peer.path,
            wrong: `${from.subject.title} may talk to ${to.subject.title} by this, but ${other.subject.title} ${refusal}`,
            write: `add the ${opposite} to a policy of ${other.subject.title}, or remove this one`,
        });
    });
}

function isOpen(found: readonly Ruling[], workload: Workload, ports: Field, direction: Direction): boolean {
    if (found.length === 0) return true;
    return found.some(({ policy, rules }) =>
        rules.some((rule) => {
            const peers = rule.at(direction === "ingress" ? "from" : "to").items();
            const fits = peers.length === 0 || peers.some((peer) => isPeer(peer, policy, workload));
            return fits && sharesPort(ports, rule.at("ports"));
        }),
    );
}

/** An empty list is every port. */
function sharesPort(one: Field, other: Field): boolean {
    const [a, b] = [one, other].map((ports) =>
        ports.items().map((port) => port.at("port").number() ?? port.at("port").text()),
    );
    return !a || !b || a.length === 0 || b.length === 0 || a.some((port) => b.includes(port));
}

function entries(rules: readonly Field[], direction: Direction) {
    return rules.flatMap((rule) =>
        rule
            .at(direction === "ingress" ? "from" : "to")
            .items()
            .map((peer) => ({ peer, ports: rule.at("ports") })),
    );
}
