import type { Field } from "./field";
import { isKind } from "./kind";
import { type PodTemplate, containerLists, podTemplates, workloadKinds } from "./pod-template";
import type { Report } from "./report";
import type { Subject } from "./subject";

/** Whether resources of this type run pods. */
export const runsPods: (type: string) => boolean = isKind(...workloadKinds);

/** Kinds whose pods stay until somebody ends them; those of jobs end by themselves, and nobody asks how they are. */
export const runsServers: (type: string) => boolean = isKind(
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "Pod",
);

/** Asks about each pod template of a resource, one by one. */
export function eachPod(subject: Subject, report: Report, check: (template: PodTemplate) => void): void {
    for (const template of podTemplates(subject)) report.guard(subject, () => check(template));
}

/** Asks about each container of any kind, one by one: an unknown in one leaves the others judged. */
export function eachContainer(
    subject: Subject,
    report: Report,
    check: (container: Field, template: PodTemplate) => void,
): void {
    eachPod(subject, report, (template) => {
        for (const list of containerLists(template)) {
            eachItem(subject, report, list, (container) => check(container, template));
        }
    });
}

/** Asks about each container that runs as long as its pod: the main ones, and init containers that are kept running. */
export function eachServer(
    subject: Subject,
    report: Report,
    check: (container: Field, template: PodTemplate) => void,
): void {
    eachPod(subject, report, (template) => {
        eachItem(subject, report, template.spec.at("containers"), (container) => check(container, template));
        eachItem(subject, report, template.spec.at("initContainers"), (container) => {
            if (container.at("restartPolicy").text() === "Always") check(container, template);
        });
    });
}

/** Asks about each element of a list, one by one. */
export function eachItem(subject: Subject, report: Report, list: Field, check: (item: Field) => void): void {
    report.guard(subject, () => {
        for (const item of list.items()) report.guard(subject, () => check(item));
    });
}
