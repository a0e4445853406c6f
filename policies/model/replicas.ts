import type { Subject } from "./subject";

const scaledKinds: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "ReplicaSet"]);

/** Pods that a workload asks for; one where nothing is written, `undefined` where the kind has no such number. Throws `NotKnown`. */
export function replicasOf(subject: Subject): number | undefined {
    return scaledKinds.has(subject.type.kind) ? (subject.object.at("spec", "replicas").number() ?? 1) : undefined;
}
