import { type GraphIndex, ofKind } from "../../model/graph-index";
import { isRelease } from "../../model/release";
import type { StackRule } from "../../model/rule";
import { type Subject, kubernetesType } from "../../model/subject";

/** Charts by the API groups whose kinds they bring. */
const charts: Readonly<Record<string, string>> = {
    "barmancloud.cnpg.io": "plugin-barman-cloud",
    "cert-manager.io": "cert-manager",
    "deviceplugin.intel.com": "intel-device-plugins-operator",
    "external-secrets.io": "external-secrets",
    "longhorn.io": "longhorn",
    "monitoring.coreos.com": "kube-prometheus-stack",
    "postgresql.cnpg.io": "cloudnative-pg",
};

export const customResourceAfterItsKind: StackRule = {
    kind: "stack",
    name: "custom-resource-after-its-kind",
    level: "advisory",
    severity: "low",
    plannedOnly: true,
    description: "An object of a custom kind depends on what brings that kind: its definition, or the chart with it.",
    incident:
        "A monitor was made at the same time as the chart that brings its kind. On the cluster that had been there for months " +
        "it worked; on the day the house was rebuilt the run stopped with 'no matches for kind'.",
    instead: "dependsOn with the release or the definition, or a value that one of them gives.",
    applies: () => true,
    check(graph, report) {
        const reach = reachability(graph);
        for (const subject of graph.subjects) {
            report.guard(subject, () => {
                if (subject.fact.opts.dependsOn === undefined) return;
                const bringers = bringersOf(subject, graph);
                if (bringers.length === 0 || bringers.some((bringer) => reach(subject.fact.urn).has(bringer.fact.urn)))
                    return;
                report.violation(subject, {
                    path: "",
                    wrong: `does not wait for ${bringers[0]?.title ?? ""}, which brings its kind: in a fresh cluster it may come first`,
                    write: "name that in dependsOn",
                });
            });
        }
    },
};

function bringersOf(subject: Subject, graph: GraphIndex): readonly Subject[] {
    const kind = kubernetesType(subject.fact.type)?.kind;
    const group = subject.fact.type.split(":")[1]?.split("/")[0] ?? "";
    if (kind === undefined || !group.includes(".") || isRelease(subject.fact.type)) return [];
    const definitions = ofKind(graph, "CustomResourceDefinition").filter(({ object }) => {
        const spec = object.at("spec");
        return spec.at("group").text() === group && spec.at("names", "kind").text() === kind;
    });
    const releases = graph.subjects.filter(
        ({ fact, object }) => isRelease(fact.type) && object.at("chart").text()?.split("/").at(-1) === charts[group],
    );
    return [...definitions, ...releases];
}

/** What has to be there before a resource, directly or not. */
function reachability(graph: GraphIndex): (urn: string) => ReadonlySet<string> {
    const links = new Map(graph.subjects.map(({ fact }) => [fact.urn, fact.opts.dependsOn ?? []]));
    return (urn) => {
        const found = new Set<string>();
        const open = [...(links.get(urn) ?? [])];
        for (let next = open.pop(); next !== undefined; next = open.pop()) {
            if (found.has(next)) continue;
            found.add(next);
            open.push(...(links.get(next) ?? []));
        }
        return found;
    };
}
