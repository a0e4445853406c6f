import { eachItem } from "../../model/containers";
import type { Field } from "../../model/field";
import { type GraphIndex, isIndexed, named, ofKind } from "../../model/graph-index";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import { EXISTING_CLASS, type Subject } from "../../model/subject";
import { ephemeralClaim, isStorage } from "../../model/volume";

export const claimNamesKnownClass: StackRule = {
    kind: "stack",
    name: "claim-names-known-class",
    level: "mandatory",
    severity: "high",
    description:
        "Every claim, also one that is made for a pod, names a storage class of this program, one that its configuration says the cluster has, or the volume that it is bound to.",
    incident:
        "A claim without a class got the cluster's default one, which keeps its volumes on one node's disk: the database did " +
        "not come back when that node died, and a claim's class cannot be changed.",
    instead: "the claims that components/storage makes: BlockStorage.claimTemplate, SharedClaim, Library.",
    applies: (type) => isIndexed(type) || isStorage(type) || type === EXISTING_CLASS,
    check(graph, report) {
        for (const claim of ofKind(graph, "PersistentVolumeClaim")) {
            report.guard(claim, () => checkClaim(claim, claim.object.at("spec"), graph, report));
        }
        for (const set of ofKind(graph, "StatefulSet")) {
            report.guard(set, () => {
                for (const template of set.object.at("spec", "volumeClaimTemplates").items()) {
                    report.guard(set, () => checkClaim(set, template.at("spec"), graph, report));
                }
            });
        }
        for (const { subject, template } of graph.workloads) {
            eachItem(subject, report, template.spec.at("volumes"), (volume) => {
                const spec = ephemeralClaim(volume);
                if (spec) checkClaim(subject, spec, graph, report);
            });
        }
    },
};

function checkClaim(subject: Subject, spec: Field, graph: GraphIndex, report: Report): void {
    const className = spec.at("storageClassName");
    const name = className.text();
    if (name === undefined) {
        return report.violation(subject, {
            path: className.path,
            wrong: "names no class, and the cluster's default keeps data on one node",
            write: "name a class of the house, as block-database",
        });
    }
    const volume = spec.at("volumeName").text();
    // The empty class means: bound by hand.
    if (name === "" && !volume) {
        return report.violation(subject, {
            path: className.path,
            wrong: "is empty, so that nothing makes a volume for the claim",
            write: "name a class, or the volume in volumeName",
        });
    }
    // Nobody of ours makes it: the configuration says that it is there.
    if (name !== "" && ofKind(graph, EXISTING_CLASS).some(({ object }) => object.at("className").text() === name))
        return;
    const [kind, wanted, path] =
        name === ""
            ? (["PersistentVolume", volume, spec.at("volumeName").path] as const)
            : (["StorageClass", name, className.path] as const);
    const { certain, open } = named(graph, kind, undefined, wanted ?? "");
    if (certain.length > 0) return;
    if (open) return report.unchecked(open.subject, open.unknown);
    report.violation(subject, {
        path,
        wrong: `this program makes no ${kind} ${wanted ?? ""}, so the claim may stay Pending for ever`,
        write: `name one that it makes (${names(ofKind(graph, kind))})`,
    });
}

function names(subjects: readonly Subject[]): string {
    return subjects.map(({ title }) => title.split(" ")[1] ?? title).join(", ") || "there is none yet";
}
