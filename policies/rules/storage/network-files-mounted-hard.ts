import type { Field } from "../../model/field";
import { isKind } from "../../model/kind";
import { isRelease } from "../../model/release";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

const driver = "nfs.csi.k8s.io";

export const networkFilesMountedHard: ResourceRule = {
    kind: "resource",
    name: "network-files-mounted-hard",
    level: "mandatory",
    severity: "high",
    description:
        "Shares of the file server are mounted hard, in version 4, by a driver that deletes and changes nothing.",
    incident:
        "A share was mounted soft, so that nothing would hang. The NAS was away for a minute: programs were told that their " +
        "writes had failed, or that they had worked, and a library's database was half of two versions.",
    instead: "FileStorage and Library of components/storage: nfsvers=4.2 or 4.1, hard, and onDelete retain.",
    applies: (type) => isRelease(type) || isKind("PersistentVolume", "StorageClass")(type),
    check(subject, report) {
        const { object } = subject;
        if (isRelease(subject.fact.type)) {
            checkDriver(subject, report);
            return;
        }
        if (subject.type.kind === "StorageClass") {
            if (object.at("provisioner").text() !== driver) return;
            const kept = object.at("parameters", "onDelete");
            report.guard(subject, () => {
                if (kept.text() === "retain") return;
                const wrong = "the driver deletes a folder of the NAS with its claim";
                report.violation(subject, { path: kept.path, wrong, write: "write retain" });
            });
            checkOptions(subject, object.at("mountOptions"), report);
            return;
        }
        const spec = object.at("spec");
        if (spec.at("nfs").exists() || spec.at("csi", "driver").text() === driver) {
            checkOptions(subject, spec.at("mountOptions"), report);
        }
    },
};

function checkOptions(subject: Subject, field: Field, report: Report): void {
    report.guard(subject, () => {
        const options = field.items().map((option) => option.text() ?? "");
        const refuse = (wrong: string, write: string) => report.violation(subject, { path: field.path, wrong, write });
        if (!options.includes("hard") || options.includes("soft")) {
            refuse("a NAS that is away makes writes fail, or seem to have worked", "write hard");
        }
        if (!options.some((option) => /^(?:nfsvers|vers)=4\.[12]$/.test(option))) {
            refuse("an older version has no locks that outlive a restart of the NAS", "write nfsvers=4.2");
        }
    });
}

function checkDriver(subject: Subject, report: Report): void {
    if (subject.object.at("chart").text()?.split("/").at(-1) !== "csi-driver-nfs") return;
    const values = subject.object.at("values");
    const demand = (field: Field, holds: (field: Field) => boolean, wrong: string, write: string) =>
        report.guard(subject, () => {
            if (!holds(field)) report.violation(subject, { path: field.path, wrong, write });
        });
    const policy = values.at("feature", "enableFSGroupPolicy");
    demand(
        policy,
        (field) => field.flag() === false,
        "each start of a pod changes the owner of the whole library",
        "write false",
    );
    const deletion = values.at("controller", "defaultOnDeletePolicy");
    demand(deletion, (field) => field.text() === "retain", "a folder of the NAS goes with its claim", "write retain");
    for (const part of ["controller", "node"]) {
        const where = values.at(part, "nodeSelector");
        demand(
            where,
            (field) => field.exists(),
            "it is put on nodes without an NFS client too",
            "select homelab/nfs: true",
        );
    }
}
