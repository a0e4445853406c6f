import { isKind } from "../../model/kind";
import { podTemplates } from "../../model/pod-template";
import type { ResourceRule } from "../../model/rule";
import { selectorLabels, showLabels } from "../../model/selector";

export const selectorMatchesTemplate: ResourceRule = {
    kind: "resource",
    name: "selector-matches-template",
    level: "mandatory",
    severity: "medium",
    description: "A workload's selector is contained in the labels of its pods.",
    incident:
        "A label was renamed in the template only. The API server refused the update in the middle of a rollout, after the " +
        "objects before it had changed; and a selector cannot be changed on a live object, so the way back was the only one.",
    instead: "selectorLabels(identity) in the selector and objectLabels(identity) in the template, as Workload does.",
    applies: isKind("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"),
    check(subject, report) {
        const selector = subject.object.at("spec", "selector");
        const wanted = selectorLabels(selector);
        for (const { labels } of wanted ? podTemplates(subject) : []) {
            // A patch of the selector alone leaves the labels to the object.
            if (subject.type.patch && !labels.exists()) continue;
            const wrong = Object.entries(wanted ?? {}).filter(([key, value]) => labels.at(key).text() !== value);
            if (wrong.length === 0) continue;
            report.violation(subject, {
                path: labels.path,
                wrong: `leave out ${showLabels(Object.fromEntries(wrong))} of the selector, so the workload does not find its pods`,
                write: "add them to the template",
            });
        }
    },
};
