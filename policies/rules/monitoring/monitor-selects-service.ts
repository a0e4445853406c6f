import { type GraphIndex, isIndexed, matching, ofKind } from "../../model/graph-index";
import { isKind } from "../../model/kind";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import { selectorLabels, showLabels } from "../../model/selector";
import { type Subject, namespaceOf } from "../../model/subject";

export const monitorSelectsService: StackRule = {
    kind: "stack",
    name: "monitor-selects-service",
    level: "mandatory",
    severity: "medium",
    description: "A ServiceMonitor selects a Service of the program, and names one of its ports.",
    incident:
        "A monitor named a port that its Service did not have. Nothing was red: a target that is never found is no target " +
        "that is down, and the dashboard had shown 'no data' for a day before anybody asked.",
    instead: "the labels and the port name of the workload's own Service.",
    applies: (type) => isIndexed(type) || isKind("ServiceMonitor")(type),
    check(graph, report) {
        for (const monitor of ofKind(graph, "ServiceMonitor")) {
            report.guard(monitor, () => checkMonitor(monitor, graph, report));
        }
    },
};

function checkMonitor(monitor: Subject, graph: GraphIndex, report: Report): void {
    const selector = monitor.object.at("spec", "selector");
    const labels = selectorLabels(selector) ?? {};
    const namespaces = namespacesOf(monitor);
    const { certain, open } = matching(
        graph.services,
        (service) =>
            (namespaces === undefined || namespaces.includes(namespaceOf(service))) &&
            Object.entries(labels).every(
                ([key, value]) => service.object.at("metadata", "labels", key).text() === value,
            ),
    );
    if (certain.length === 0) {
        if (open) return report.unchecked(open.subject, open.unknown);
        return report.violation(monitor, {
            path: selector.path,
            wrong: `no Service has the labels ${showLabels(labels)}, so nothing is ever scraped`,
            write: "use the labels of the Service",
        });
    }
    for (const endpoint of monitor.object.at("spec", "endpoints").items()) {
        report.guard(monitor, () => {
            const port = endpoint.at("port").text();
            const names = certain.flatMap(({ object }) =>
                object
                    .at("spec", "ports")
                    .items()
                    .map((one) => one.at("name").text()),
            );
            if (port === undefined || names.includes(port)) return;
            report.violation(monitor, {
                path: endpoint.at("port").path,
                wrong: `${port} is no port of ${certain.map(({ title }) => title).join(", ")}`,
                write: `write ${names.filter((name) => name !== undefined).join(" or ") || "the name of a port"}`,
            });
        });
    }
}

/** `undefined`: all of them. */
function namespacesOf(monitor: Subject): readonly string[] | undefined {
    const selector = monitor.object.at("spec", "namespaceSelector");
    if (selector.at("any").flag() === true) return undefined;
    const names = selector
        .at("matchNames")
        .items()
        .flatMap((name) => name.text() ?? []);
    return names.length > 0 ? names : [namespaceOf(monitor)];
}
