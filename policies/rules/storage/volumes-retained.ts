import type { Field } from "../../model/field";
import { isKind } from "../../model/kind";
import type { ResourceRule } from "../../model/rule";

/** A class says by its label homelab/purpose that what is on its volumes can be made again. */
const purposeLabel = "homelab/purpose";

export const volumesRetained: ResourceRule = {
    kind: "resource",
    name: "volumes-retained",
    level: "mandatory",
    severity: "critical",
    description: "A volume outlives its claim, and a claim outlives the pod or the set that it was made for.",
    incident:
        "A StatefulSet was scaled down for a night, and its claims went with the pods; their class deletes what nobody claims. " +
        "In the morning there were two empty volumes where the caches of two years had been.",
    instead:
        "reclaimPolicy Retain, and persistentVolumeClaimRetentionPolicy with Retain for both, as Workload writes it; for what can " +
        "be made again a class with the label homelab/purpose: scratch.",
    applies: isKind("PersistentVolume", "StorageClass", "StatefulSet"),
    check(subject, report) {
        if (subject.type.patch) return;
        const demand = (field: Field, usual: string, wrong: string) =>
            report.guard(subject, () => {
                if ((field.text() ?? usual) === "Retain") return;
                report.violation(subject, { path: field.path, wrong, write: "write Retain" });
            });
        switch (subject.type.kind) {
            case "PersistentVolume": {
                const field = subject.object.at("spec", "persistentVolumeReclaimPolicy");
                demand(field, "Retain", "what is on it is deleted with its claim");
                return;
            }
            case "StorageClass": {
                if (subject.object.at("metadata", "labels", purposeLabel).text() === "scratch") return;
                demand(subject.object.at("reclaimPolicy"), "Delete", "a volume is deleted with its claim");
                return;
            }
            default: {
                const policy = subject.object.at("spec", "persistentVolumeClaimRetentionPolicy");
                demand(policy.at("whenScaled"), "Retain", "scaling down deletes the claims of the pods that go");
                demand(policy.at("whenDeleted"), "Retain", "a replacement of the set deletes all its claims");
            }
        }
    },
};
