import { type GraphIndex, ofKind } from "../../model/graph-index";
import { isKind } from "../../model/kind";
import { isRelease } from "../../model/release";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import { type Labels, selectorLabels, showLabels } from "../../model/selector";
import type { Subject } from "../../model/subject";

/** The field of a Prometheus that selects a kind. */
const selectors = {
    ServiceMonitor: "serviceMonitorSelector",
    PodMonitor: "podMonitorSelector",
    PrometheusRule: "ruleSelector",
} as const;
const kinds = ["ServiceMonitor", "PodMonitor", "PrometheusRule"] as const;
const chart = "kube-prometheus-stack";

export const monitorSeenByPrometheus: StackRule = {
    kind: "stack",
    name: "monitor-seen-by-prometheus",
    level: "mandatory",
    severity: "medium",
    description: "Monitors and alerts carry the label by which the house's Prometheus selects them.",
    incident:
        "Alerts for a new program were written, reviewed and deployed, and none of them ever fired: they lacked the label " +
        "`release`, and Prometheus takes no notice of rules without it, nor does anybody tell.",
    instead: "the label release with the name of the release of kube-prometheus-stack, in metadata.labels.",
    applies: (type) => isKind(...kinds, "Prometheus")(type) || isRelease(type),
    check(graph, report) {
        for (const kind of kinds) {
            for (const subject of ofKind(graph, kind)) {
                report.guard(subject, () => checkLabels(subject, wantedLabels(graph, kind), report));
            }
        }
    },
};

function checkLabels(subject: Subject, choices: readonly Labels[], report: Report): void {
    const field = subject.object.at("metadata", "labels");
    if (choices.length === 0) {
        if (field.at("release").exists()) return;
        const wrong = "has no label release, without which no Prometheus of the usual chart sees it";
        return report.violation(subject, { path: field.at("release").path, wrong, write: `write release: ${chart}` });
    }
    const carries = (labels: Labels) => Object.entries(labels).every(([key, value]) => field.at(key).text() === value);
    if (choices.some(carries)) return;
    const wanted = choices.map(showLabels).join(" or ");
    report.violation(subject, {
        path: field.path,
        wrong: `Prometheus selects ${wanted}, and this is not it`,
        write: "add these labels",
    });
}

/** The labels that the Prometheus objects and charts of the graph ask for; none where the graph has neither. */
function wantedLabels(graph: GraphIndex, kind: (typeof kinds)[number]): readonly Labels[] {
    const servers = ofKind(graph, "Prometheus").map(
        ({ object }) => selectorLabels(object.at("spec", selectors[kind])) ?? {},
    );
    const releases = graph.subjects.filter(
        ({ fact, object }) => isRelease(fact.type) && object.at("chart").text()?.split("/").at(-1) === chart,
    );
    const charts = releases.map(({ object }) => {
        const own = object.at("values", "prometheus", "prometheusSpec", `${selectors[kind]}NilUsesHelmValues`);
        const all: Labels = {};
        return own.flag() === false ? all : { release: object.at("name").text() ?? chart };
    });
    return [...servers, ...charts];
}
