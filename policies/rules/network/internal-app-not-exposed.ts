import { type GraphIndex, isIndexed, type Matches, named, selected, type Workload } from "../../model/graph-index";
import type { Report } from "../../model/report";
import { backends, isRoute, routes } from "../../model/route";
import type { StackRule } from "../../model/rule";
import { type Subject, namespaceOf } from "../../model/subject";

const exposureLabel = "homelab/exposure";
const componentLabel = "app.kubernetes.io/component";

/** Components that only other programs talk to, whether a label says so or not. */
const internalComponents: ReadonlySet<string> = new Set(["database", "cache", "indexer", "queue"]);

export const internalAppNotExposed: StackRule = {
    kind: "stack",
    name: "internal-app-not-exposed",
    level: "mandatory",
    severity: "high",
    description:
        "What only other programs use (databases, caches, indexers) has no route and no port on nodes or network.",
    incident:
        "An indexer that needs no users was given a route like everything else, and so anybody in the house's network could " +
        "read its keys of the services behind it.",
    instead: `a Service of type ClusterIP and no route; ${exposureLabel}: internal says that of any other program.`,
    applies: (type) => isIndexed(type) || isRoute(type),
    check(graph, report) {
        for (const service of graph.services) {
            report.guard(service, () => {
                const type = service.object.at("spec", "type").text() ?? "ClusterIP";
                if (type === "NodePort" || type === "LoadBalancer") {
                    refuse(service, graph, report, { subject: service, path: "spec.type", how: `type ${type}` });
                }
            });
        }
        for (const route of routes(graph)) {
            report.guard(route, () => {
                for (const { namespace, service, field } of backends(route)) {
                    const found = named(graph, "Service", namespace, service);
                    unchecked(found, report);
                    const way = { subject: route, path: field.path, how: "this route" };
                    for (const target of found.certain) report.guard(target, () => refuse(target, graph, report, way));
                }
            });
        }
    },
};

interface Way {
    readonly subject: Subject;
    readonly path: string;
    readonly how: string;
}

function refuse(service: Subject, graph: GraphIndex, report: Report, { subject, path, how }: Way): void {
    const found = selected(service.object.at("spec", "selector").texts(), namespaceOf(service), graph);
    unchecked(found, report);
    for (const workload of found.certain) {
        report.guard(workload.subject, () => {
            const why = internal(workload);
            if (why === undefined) return;
            report.violation(subject, {
                path,
                wrong: `${workload.subject.title} (${why}) can be reached from outside of the cluster by ${how}`,
                write: "remove it, and let the program that needs it use the Service's name",
            });
        });
    }
}

function internal({ template }: Workload): string | undefined {
    const component = template.labels.at(componentLabel).text() ?? "";
    if (template.labels.at(exposureLabel).text() === "internal") return `${exposureLabel}: internal`;
    return internalComponents.has(component) ? `component ${component}` : undefined;
}

function unchecked({ certain, open }: Matches<unknown>, report: Report): void {
    if (certain.length === 0 && open) report.unchecked(open.subject, open.unknown);
}
