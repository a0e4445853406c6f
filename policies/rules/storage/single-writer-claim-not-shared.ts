import { isIndexed, named, type Workload } from "../../model/graph-index";
import { replicasOf } from "../../model/replicas";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import { type Subject, namespaceOf } from "../../model/subject";
import { claimName, isStorage } from "../../model/volume";

export const singleWriterClaimNotShared: StackRule = {
    kind: "stack",
    name: "single-writer-claim-not-shared",
    level: "mandatory",
    severity: "high",
    description: "A claim that one node at a time can mount is used by one pod at a time.",
    incident:
        "Two replicas of a Deployment shared a ReadWriteOnce claim: on one node both wrote the same files, and after a drain " +
        "the second waited for a volume that the first never gave up.",
    instead:
        "a claim template of a StatefulSet, a claim with ReadWriteMany, or one replica with the strategy Recreate.",
    applies: (type) => isIndexed(type) || isStorage(type),
    check(graph, report) {
        const users = new Map<Subject, Workload>();
        for (const workload of graph.workloads) {
            report.guard(workload.subject, () => {
                for (const volume of workload.template.spec.at("volumes").items()) {
                    const name = claimName(volume);
                    if (name === undefined) continue;
                    const namespace = namespaceOf(workload.subject);
                    const { certain, open } = named(graph, "PersistentVolumeClaim", namespace, name);
                    if (certain.length === 0 && open) report.unchecked(open.subject, open.unknown);
                    for (const claim of certain.filter(isSingleWriter)) {
                        checkUser(workload, claim, users.get(claim), volume.path, report);
                        users.set(claim, workload);
                    }
                }
            });
        }
    },
};

function isSingleWriter(claim: Subject): boolean {
    const modes = claim.object.at("spec", "accessModes").items();
    return !modes.some((mode) => ["ReadWriteMany", "ReadOnlyMany"].includes(mode.text() ?? ""));
}

function checkUser(
    { subject }: Workload,
    claim: Subject,
    other: Workload | undefined,
    path: string,
    report: Report,
): void {
    const refuse = (wrong: string, write: string) => report.violation(subject, { path, wrong, write });
    if (other && other.subject !== subject) {
        return refuse(
            `${claim.title} can be mounted on one node at a time, and ${other.subject.title} uses it too`,
            "give each a claim of its own, or make it ReadWriteMany",
        );
    }
    const replicas = subject.type.kind === "DaemonSet" ? Infinity : (replicasOf(subject) ?? 1);
    if (replicas > 1) {
        return refuse(
            `${claim.title} can be mounted on one node at a time, and its pods are ${replicas === Infinity ? "one a node" : replicas}`,
            "use volumeClaimTemplates of a StatefulSet, or make the claim ReadWriteMany",
        );
    }
    if (subject.type.kind !== "Deployment" || subject.object.at("spec", "strategy", "type").text() === "Recreate")
        return;
    refuse(
        `${claim.title} can be mounted on one node at a time, and a rolling update starts the new pod before the old one gives it up`,
        "write strategy.type Recreate, or use a StatefulSet",
    );
}
