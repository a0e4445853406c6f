import { type GraphIndex, isIndexed, type Workload } from "../../model/graph-index";
import { fittingHosts, isMachine, requestedDevices, workers } from "../../model/machine";
import { replicasOf } from "../../model/replicas";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";

const hostLabel = "topology.kubernetes.io/zone";

export const replicasFitHosts: StackRule = {
    kind: "stack",
    name: "replicas-fit-hosts",
    level: "mandatory",
    severity: "high",
    description:
        "The house has a physical host for every replica that must be alone on one, with the device it asks for.",
    incident:
        "A third replica was asked for in a house with two hosts that have a GPU, and stayed Pending for ever: the spread " +
        "is required, and the machines of one host count as one.",
    instead:
        "at most as many replicas as there are hosts with fitting machines, or one more host in the configuration.",
    applies: (type) => isIndexed(type) || isMachine(type),
    check(graph, report) {
        for (const workload of graph.workloads) {
            report.guard(workload.subject, () => checkWorkload(workload, graph, report));
        }
    },
};

function checkWorkload(workload: Workload, graph: GraphIndex, report: Report): void {
    const { subject } = workload;
    const replicas = replicasOf(subject);
    if (replicas === undefined || replicas < 1 || subject.type.patch) return;
    // A program that makes no machines says nothing about the hosts.
    if (workers(graph).length === 0) return;
    const devices = requestedDevices(workload);
    const { hosts, open } = fittingHosts(workload, graph);
    const needed = isAloneOnHost(workload) ? replicas : 1;
    if (needed <= hosts.size) return;
    if (open) return report.unchecked(open.subject, open.unknown);
    const wanted = devices.length === 0 ? "machines for workloads" : `a device for ${devices.join(", ")}`;
    report.violation(subject, {
        path: subject.object.at("spec", "replicas").path,
        wrong: `${replicas} replicas need ${needed} hosts with ${wanted}, and the house has ${hosts.size} (${[...hosts].join(", ") || "none"}): the rest stay Pending`,
        write: `ask for at most ${hosts.size}, or add a host with such a machine`,
    });
}

function isAloneOnHost(workload: Workload): boolean {
    return workload.template.spec
        .at("affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
        .items()
        .some((term) => term.at("topologyKey").text() === hostLabel);
}
