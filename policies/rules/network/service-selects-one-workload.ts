import { type GraphIndex, type Workload, isIndexed, selects, workloadsIn } from "../../model/graph-index";
import { containerLists } from "../../model/pod-template";
import { type Field, NotKnown } from "../../model/field";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import { type Labels, showLabels } from "../../model/selector";
import { type Subject, namespaceOf } from "../../model/subject";

const componentLabel = "app.kubernetes.io/component";

export const serviceSelectsOneWorkload: StackRule = {
    kind: "stack",
    name: "service-selects-one-workload",
    level: "mandatory",
    severity: "high",
    description: "A Service selects the pods of exactly one workload, by its component, at a port declared there.",
    incident:
        "A selector of the application's name alone also matched its database: half of the requests went to PostgreSQL, " +
        "in four incidents. A selector that matches nothing passes the provider's readiness check just as silently.",
    instead: `the Service that Workload makes from itself; by hand, the workload's own selector with ${componentLabel}.`,
    applies: isIndexed,
    check(graph, report) {
        for (const service of graph.services) report.guard(service, () => checkService(service, graph, report));
    },
};

function checkService(service: Subject, graph: GraphIndex, report: Report): void {
    const spec = service.object.at("spec");
    const selector = spec.at("selector");
    // Without a selector, or as an alias of a name, a Service sends its traffic where somebody else says.
    if (spec.at("type").text() === "ExternalName" || selector.keys().length === 0) return;
    if (!selector.at(componentLabel).exists()) {
        report.violation(service, {
            path: selector.path,
            wrong: `${componentLabel} is missing, so other parts of the application may match`,
            write: "select with the workload's own labels, component included",
        });
    }
    const labels = selector.texts();
    const namespace = namespaceOf(service);
    const answers = workloadsIn(namespace, graph).map((workload) => ({
        workload,
        answer: selects(labels, namespace, workload),
    }));
    const certain = answers.filter(({ answer }) => answer === "yes").map(({ workload }) => workload);
    for (const { workload, answer } of certain.length < 2 ? answers : []) {
        if (answer instanceof NotKnown) return report.unchecked(workload.subject, answer);
    }
    const [workload, ...others] = certain;
    if (workload && others.length === 0) return checkPorts(service, workload, report);
    report.violation(service, { path: selector.path, ...miscount(labels, namespace, certain) });
}

function miscount(labels: Labels, namespace: string, selected: readonly Workload[]): { wrong: string; write: string } {
    if (selected.length === 0) {
        return {
            wrong: `no workload in namespace ${namespace} has the labels ${showLabels(labels)}`,
            write: "use the selector of the workload that it should reach, in the workload's namespace",
        };
    }
    const titles = selected.map(({ subject }) => subject.title);
    return {
        wrong: `${showLabels(labels)} selects ${titles.length} workloads (${titles.join(", ")})`,
        write: `give each its own ${componentLabel} and select by it`,
    };
}

function checkPorts(service: Subject, workload: Workload, report: Report): void {
    for (const port of service.object.at("spec", "ports").items()) {
        report.guard(service, () => {
            const target = targetOf(port);
            const protocol = port.at("protocol").text() ?? "TCP";
            const declared = containerPorts(workload);
            if (declared.some((candidate) => declares(candidate, target, protocol))) return;
            const known = declared.map((candidate) => showPort(candidate)).join(", ") || "none";
            report.violation(service, {
                path: port.at("targetPort").path,
                wrong: `${target} (${protocol}) is not declared by ${workload.subject.title}, which has ${known}`,
                write: "name a port of one of its containers",
            });
        });
    }
}

/** Number or name; the Service's own port where nothing is written. */
function targetOf(port: Field): number | string {
    const target = port.at("targetPort");
    const written = target.number() ?? target.text();
    if (written === undefined) return port.at("port").number() ?? 0;
    return typeof written === "string" && /^\d+$/.test(written) ? Number(written) : written;
}

function containerPorts(workload: Workload): readonly Field[] {
    const containers = containerLists(workload.template).flatMap((list) => list.items());
    return containers.flatMap((container) => container.at("ports").items());
}

function declares(candidate: Field, target: number | string, protocol: string): boolean {
    if ((candidate.at("protocol").text() ?? "TCP") !== protocol) return false;
    const port = typeof target === "number" ? candidate.at("containerPort").number() : candidate.at("name").text();
    return port === target;
}

function showPort(candidate: Field): string {
    const name = candidate.at("name").text();
    const number = candidate.at("containerPort").number();
    return name === undefined ? `${number}` : `${name} (${number})`;
}
