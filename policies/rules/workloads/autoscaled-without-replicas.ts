import { type GraphIndex, named, ofKind } from "../../model/graph-index";
import { isKind } from "../../model/kind";
import { workloadKinds } from "../../model/pod-template";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import { type Subject, namespaceOf } from "../../model/subject";

export const autoscaledWithoutReplicas: StackRule = {
    kind: "stack",
    name: "autoscaled-without-replicas",
    level: "advisory",
    severity: "low",
    plannedOnly: true,
    description: "A workload that is scaled by its load has no number of replicas in the program.",
    incident:
        "An autoscaler had added pods for an evening's load. The next run, for an unrelated change, set the number from the " +
        "program again and took half of them away at once.",
    instead: 'no replicas on the workload, or ignoreChanges: ["spec.replicas"] in its options.',
    applies: isKind("HorizontalPodAutoscaler", ...workloadKinds),
    check(graph, report) {
        for (const scaler of ofKind(graph, "HorizontalPodAutoscaler")) {
            report.guard(scaler, () => checkScaler(scaler, graph, report));
        }
    },
};

function checkScaler(scaler: Subject, graph: GraphIndex, report: Report): void {
    const target = scaler.object.at("spec", "scaleTargetRef");
    const [kind, name] = [target.at("kind").text() ?? "", target.at("name").text() ?? ""];
    for (const workload of named(graph, kind, namespaceOf(scaler), name).certain) {
        const replicas = workload.object.at("spec", "replicas");
        if (!replicas.exists() || workload.fact.opts.ignoreChanges?.includes("spec.replicas")) continue;
        report.violation(workload, {
            path: replicas.path,
            wrong: `${scaler.title} sets this number by the load, and each run would set it back`,
            write: "leave it out, or ignore its changes",
        });
    }
}
