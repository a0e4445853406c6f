import { type Alert, alerts, isAlertRule } from "../../model/alert";
import { type GraphIndex, isIndexed, ofKind, type Workload } from "../../model/graph-index";
import { fittingHosts, isMachine, workers } from "../../model/machine";
import { replicasOf } from "../../model/replicas";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";

const singletons: ReadonlySet<string> = new Set(["database", "cache", "queue"]);
/** Seconds that a host may be away for an update before somebody is told. */
const maintenanceSeconds = 15 * 60;

export const replicasWatched: StackRule = {
    kind: "stack",
    name: "replicas-watched",
    level: "mandatory",
    severity: "medium",
    description:
        "In a house with alerts, one says when a replica is missing, and one when what there is only one of is down; a drain " +
        "of a host fires neither.",
    incident:
        "A replica had been Pending for eleven days. Nobody noticed, as the other one served everybody, until that one's host " +
        "was restarted. The alert that came of it fired at each update of a host, and was switched off.",
    instead: "an alert on kube_statefulset_status_replicas_ready with the workload's name, for 15m.",
    applies: (type) => isIndexed(type) || isAlertRule(type) || isMachine(type),
    check(graph, report) {
        const [first] = ofKind(graph, "PrometheusRule");
        if (!first) return;
        report.guard(first, () => {
            const all = alerts(graph);
            for (const workload of graph.workloads) {
                report.guard(workload.subject, () => checkWorkload(workload, all, graph, report));
            }
        });
    },
};

function checkWorkload(workload: Workload, all: readonly Alert[], graph: GraphIndex, report: Report): void {
    const { subject, template } = workload;
    const replicas = replicasOf(subject);
    const name = subject.object.at("metadata", "name").text() ?? "";
    if (replicas === undefined || replicas < 1 || subject.type.patch) return;
    const counting = all.filter(
        (alert) => /_status_replicas_(?:ready|available)\b/.test(alert.expression) && about(alert, name),
    );
    if (replicas >= 2) {
        if (counting.length === 0) {
            const wrong = `no alert says when one of its ${replicas} replicas is missing`;
            const write = `alert on kube_${subject.type.kind.toLowerCase()}_status_replicas_ready < ${replicas} for 15m`;
            report.violation(subject, { path: "spec.replicas", wrong, write });
        }
        return checkPatience(workload, replicas, counting, graph, report);
    }
    if (!singletons.has(template.labels.at("app.kubernetes.io/component").text() ?? "")) return;
    const down = all.filter((alert) => /\b(?:up|absent)\b/.test(alert.expression) && about(alert, name));
    if (counting.length + down.length > 0) return;
    const wrong = "there is only one of it, and no alert says when it is down";
    report.violation(subject, {
        path: "spec.replicas",
        wrong,
        write: "alert on its ready replicas, or on up of its exporter",
    });
}

/** With a host for each replica and none to spare, every update of a host takes one replica away. */
function checkPatience(
    workload: Workload,
    replicas: number,
    counting: readonly Alert[],
    graph: GraphIndex,
    report: Report,
): void {
    if (workers(graph).length === 0) return;
    const { hosts, open } = fittingHosts(workload, graph);
    if (open || hosts.size > replicas) return;
    for (const { subject, field, name, seconds } of counting.filter((alert) => alert.seconds < maintenanceSeconds)) {
        report.violation(subject, {
            path: field.at("for").path,
            wrong: `${name} waits ${seconds} s, and with ${hosts.size} fitting hosts for ${replicas} replicas every update of a host fires it`,
            write: "write for: 15m, or add a host",
        });
    }
}

/** Whether an alert is about a workload: it names it, or none. */
function about({ expression }: Alert, name: string): boolean {
    return expression.includes(name) || !expression.includes("{");
}
