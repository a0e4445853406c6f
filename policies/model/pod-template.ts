import type { Field } from "./field";
import type { Subject } from "./subject";

/** What pods are made from, wherever its workload keeps it. */
export interface PodTemplate {
    readonly labels: Field;
    readonly spec: Field;
}

const templatePaths: Readonly<Record<string, readonly string[]>> = {
    Deployment: ["spec", "template"],
    StatefulSet: ["spec", "template"],
    DaemonSet: ["spec", "template"],
    ReplicaSet: ["spec", "template"],
    Job: ["spec", "template"],
    CronJob: ["spec", "jobTemplate", "spec", "template"],
    Pod: [],
};

/** The kinds that run pods. */
export const workloadKinds: ReadonlySet<string> = new Set(Object.keys(templatePaths));

/**
 * The pod templates of a resource: one for a workload (a patch of one may bring none), none for anything else. A Helm release
 * is none either: the engine sees its values only, see `release.ts`.
 */
export function podTemplates(subject: Subject): readonly PodTemplate[] {
    const path = templatePaths[subject.type.kind];
    if (!path) return [];
    const root = subject.object.at(...path);
    if (subject.type.patch && !root.exists()) return [];
    return [{ labels: root.at("metadata", "labels"), spec: root.at("spec") }];
}

/** The lists of containers in a pod: one that is forgotten is a hole in a rule. */
export function containerLists(template: PodTemplate): readonly Field[] {
    return ["initContainers", "containers", "ephemeralContainers"].map((list) => template.spec.at(list));
}
