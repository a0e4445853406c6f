import { type GraphIndex, isIndexed, ofKind, type Workload } from "../../model/graph-index";
import { isKind } from "../../model/kind";
import { containerLists } from "../../model/pod-template";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import { namespaceOf } from "../../model/subject";

/** Registries whose passwords are good for hours only. */
const shortLived = /^[\w-]+\.dkr\.ecr\.[\w-]+\.amazonaws\.com\/|^(?:[\w-]+\.)?gcr\.io\/|^[\w-]+-docker\.pkg\.dev\//;

export const pullSecretRefreshed: StackRule = {
    kind: "stack",
    name: "pull-secret-refreshed",
    level: "mandatory",
    severity: "high",
    description: "A pull secret for a registry with short-lived passwords is renewed by something in the cluster.",
    incident:
        "The password of the registry was twelve hours old when a node died: the pod's image could not be pulled on the next " +
        "one, and the spare that had cost so much was no spare.",
    instead: "a CronJob that writes the secret every six hours, or an ExternalSecret with its name.",
    applies: (type) => isIndexed(type) || isKind("ExternalSecret")(type),
    check(graph, report) {
        for (const workload of graph.workloads) {
            report.guard(workload.subject, () => checkWorkload(workload, graph, report));
        }
    },
};

function checkWorkload(workload: Workload, graph: GraphIndex, report: Report): void {
    const { subject, template } = workload;
    const secrets = template.spec.at("imagePullSecrets").items();
    if (secrets.length === 0) return;
    const containers = containerLists(template).flatMap((list) => list.items());
    if (!containers.some((container) => shortLived.test(container.at("image").text() ?? ""))) return;
    for (const secret of secrets) {
        report.guard(subject, () => {
            const name = secret.at("name").text() ?? "";
            if (isRenewed(name, namespaceOf(subject), graph)) return;
            report.violation(subject, {
                path: secret.path,
                wrong: `nothing renews the secret ${name}, and the registry's password ends within hours`,
                write: "add a CronJob that names it and runs every six hours, or an ExternalSecret with it as target",
            });
        });
    }
}

function isRenewed(name: string, namespace: string, graph: GraphIndex): boolean {
    const external = ofKind(graph, "ExternalSecret").some(
        (source) =>
            namespaceOf(source) === namespace &&
            (source.object.at("spec", "target", "name").text() ?? source.object.at("metadata", "name").text()) === name,
    );
    const jobs = graph.workloads.filter(({ subject }) => subject.type.kind === "CronJob");
    return external || jobs.some((job) => mentions(job, name));
}

function mentions({ template }: Workload, name: string): boolean {
    const containers = containerLists(template).flatMap((list) => list.items());
    const texts = containers.flatMap((container) => [
        ...container.at("command").items(),
        ...container.at("args").items(),
        ...container
            .at("env")
            .items()
            .map((variable) => variable.at("value")),
    ]);
    return texts.some((text) =>
        new RegExp(`(^|[^\\w.-])${name.replaceAll(".", "\\.")}($|[^\\w.-])`).test(text.text() ?? ""),
    );
}
