import { type GraphIndex, isIndexed, named } from "../../model/graph-index";
import type { Report } from "../../model/report";
import { type Backend, backends, isRoute, routes } from "../../model/route";
import type { StackRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

export const routeBackendExists: StackRule = {
    kind: "stack",
    name: "route-backend-exists",
    level: "mandatory",
    severity: "high",
    description: "A route leads to a Service of this program, at one of the Service's own ports.",
    incident:
        "A Service was renamed and its route was not: the ingress controller accepted the route, logged one line, and answered " +
        "404 to everybody, while every object was healthy.",
    instead: "the name and the port of the Service that the workload makes, taken from the workload.",
    applies: (type) => isIndexed(type) || isRoute(type),
    check(graph, report) {
        for (const route of routes(graph)) {
            report.guard(route, () => {
                for (const backend of backends(route)) report.guard(route, () => checkBackend(backend, graph, report));
            });
        }
    },
};

function checkBackend(backend: Backend, graph: GraphIndex, report: Report): void {
    const { subject, field, namespace, service, port } = backend;
    const { certain, open } = named(graph, "Service", namespace, service);
    const [found] = certain;
    if (!found && open) return report.unchecked(open.subject, open.unknown);
    if (!found) {
        return report.violation(subject, {
            path: field.at("name").path,
            wrong: `there is no Service ${service} in namespace ${namespace}, so the route answers 404`,
            write: "name the Service of the workload that it is for",
        });
    }
    report.guard(found, () => {
        if (port === undefined || hasPort(found, port)) return;
        report.violation(subject, {
            path: field.at("port").path,
            wrong: `${port} is no port of ${found.title}, which has ${showPorts(found)}`,
            write: "name one of them",
        });
    });
}

function hasPort(service: Subject, port: number | string): boolean {
    const ports = service.object.at("spec", "ports").items();
    return ports.some((entry) => entry.at("port").number() === port || entry.at("name").text() === port);
}

function showPorts(service: Subject): string {
    const ports = service.object.at("spec", "ports").items();
    return (
        ports
            .map((entry) => `${entry.at("name").text() ?? ""} (${entry.at("port").number() ?? "?"})`.trim())
            .join(", ") || "none"
    );
}
