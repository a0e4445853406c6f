import type { Field } from "./field";
import type { Subject } from "./subject";

/** A number of pods, or a share of them as `50%`, rounded up as Kubernetes does; `undefined` where nothing is written. */
function podCount(field: Field, replicas: number): number | undefined {
    const number = field.number();
    if (number !== undefined) return number;
    const share = /^(\d+)%$/.exec(field.text() ?? "")?.[1];
    return share === undefined ? undefined : Math.ceil((replicas * Number(share)) / 100);
}

/** Pods of a workload that a disruption budget lets go at the same time. Throws `NotKnown`. */
export function allowedDisruptions(budget: Subject, replicas: number): number {
    const most = podCount(budget.object.at("spec", "maxUnavailable"), replicas);
    if (most !== undefined) return Math.min(most, replicas);
    // Without either field Kubernetes keeps one pod.
    const least = podCount(budget.object.at("spec", "minAvailable"), replicas) ?? 1;
    return Math.max(replicas - least, 0);
}
