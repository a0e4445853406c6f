import { type GraphIndex, isIndexed, named, ofKind } from "../../model/graph-index";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import { type Subject, namespaceOf } from "../../model/subject";

export const statefulsetNamesHeadlessService: StackRule = {
    kind: "stack",
    name: "statefulset-names-headless-service",
    level: "mandatory",
    severity: "medium",
    description: "The Service that a StatefulSet names is there, and headless.",
    incident:
        "A StatefulSet named a Service that did not exist: it started without a word, but no pod had a name in DNS, and the " +
        "replicas never found each other. The field cannot be changed later without replacing the set.",
    instead: "the headless Service (clusterIP: None) that Workload makes for a StatefulSet.",
    applies: isIndexed,
    check(graph, report) {
        for (const set of ofKind(graph, "StatefulSet")) report.guard(set, () => checkSet(set, graph, report));
    },
};

function checkSet(set: Subject, graph: GraphIndex, report: Report): void {
    const field = set.object.at("spec", "serviceName");
    const name = field.text();
    // Without a name its pods have none either, and nobody can rely on one.
    if (name === undefined || name === "") return;
    const { certain, open } = named(graph, "Service", namespaceOf(set), name);
    const [service] = certain;
    if (!service && open) return report.unchecked(open.subject, open.unknown);
    if (!service) {
        return report.violation(set, {
            path: field.path,
            wrong: `there is no Service ${name} in its namespace, so its pods have no names`,
            write: "add a Service with clusterIP None and the set's selector",
        });
    }
    report.guard(service, () => {
        const address = service.object.at("spec", "clusterIP").text();
        if (address === "None") return;
        report.violation(set, {
            path: field.path,
            wrong: `${service.title} is not headless (clusterIP: ${address ?? "unset"}), so it gives no pod a name`,
            write: "name a Service with clusterIP None",
        });
    });
}
