import type { Field } from "../../model/field";
import { isIndexed, type Workload } from "../../model/graph-index";
import { isKind } from "../../model/kind";
import { rulings } from "../../model/network-policy";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import { selectorLabels } from "../../model/selector";
import type { Subject } from "../../model/subject";

/** Components that hold what others know. */
const servants: ReadonlySet<string> = new Set(["database", "cache", "queue"]);

export const databaseNamesItsClients: StackRule = {
    kind: "stack",
    name: "database-names-its-clients",
    level: "mandatory",
    severity: "high",
    description: "The network policies of a database or a cache name the pods that come in, and the port.",
    incident:
        "The database had a network policy, and everybody felt safe. It admitted its whole namespace, into which a program with " +
        "a hole in it had moved later, and Redis asks for no password.",
    instead: "reaches of the workload that needs it, which writes a policy with its own labels and the one port.",
    applies: (type) => isIndexed(type) || isKind("NetworkPolicy")(type),
    check(graph, report) {
        for (const workload of graph.workloads) {
            report.guard(workload.subject, () => {
                if (!servants.has(workload.template.labels.at("app.kubernetes.io/component").text() ?? "")) return;
                for (const { policy, rules } of rulings(workload, "ingress", graph)) {
                    for (const rule of rules) report.guard(policy, () => checkRule(rule, policy, workload, report));
                }
            });
        }
    },
};

function checkRule(rule: Field, policy: Subject, { subject }: Workload, report: Report): void {
    const refuse = (at: Field, wrong: string, write: string) =>
        report.violation(policy, { path: at.path, wrong: `${wrong} ${subject.title}`, write });
    const peers = rule.at("from").items();
    if (peers.length === 0)
        refuse(rule.at("from"), "everybody may talk to", "name the pods that need it by their labels");
    for (const peer of peers) {
        const labels = selectorLabels(peer.at("podSelector")) ?? {};
        if (peer.at("ipBlock").exists() || Object.keys(labels).length > 0) continue;
        refuse(peer, "every pod of a namespace may talk to", "name the pods that need it by their labels");
    }
    if (rule.at("ports").items().length > 0) return;
    refuse(rule.at("ports"), "every port is open at", "name the one that it serves");
}
