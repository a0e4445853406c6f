import type { Field } from "../../model/field";
import { type GraphIndex, ofKind } from "../../model/graph-index";
import { isKind } from "../../model/kind";
import { blockStorageHosts, isMachine } from "../../model/machine";
import { isRelease } from "../../model/release";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

/** What Longhorn has to be told, and what its defaults would do. */
const settings: readonly { readonly key: string; readonly wanted: boolean | string; readonly otherwise: string }[] = [
    { key: "replicaSoftAntiAffinity", wanted: false, otherwise: "two copies may lie on one node" },
    { key: "replicaZoneSoftAntiAffinity", wanted: false, otherwise: "two copies may lie on one host and die with it" },
    {
        key: "nodeDownPodDeletionPolicy",
        wanted: "delete-both-statefulset-and-deployment-pod",
        otherwise: "a pod of a dead node keeps its volume for ever, and the next one cannot start",
    },
    {
        key: "detachManuallyAttachedVolumesWhenCordoned",
        wanted: true,
        otherwise: "a volume that was attached by hand blocks the drain of its node",
    },
    {
        key: "allowVolumeCreationWithDegradedAvailability",
        wanted: false,
        otherwise: "a volume is made with one copy where two were asked for",
    },
    {
        key: "replicaAutoBalance",
        wanted: "least-effort",
        otherwise: "copies stay where they are when a host comes back",
    },
];
const placed = ["longhornManager", "longhornDriver"] as const;

export const blockStorageSurvivesHost: StackRule = {
    kind: "stack",
    name: "block-storage-survives-host",
    level: "mandatory",
    severity: "high",
    description:
        "Block storage keeps its copies on different hosts, gives volumes of a dead node up, and lets nodes drain.",
    incident:
        "A node died with the database on it. Its pod was Terminating and kept the volume, and the next pod waited for it: " +
        "Longhorn's default is to do nothing. On another day both copies of a volume were on one host.",
    instead: "BlockStorage of components/storage, which sets all of them.",
    applies: (type) => isRelease(type) || isMachine(type) || isKind("StorageClass", "Node")(type),
    check(graph, report) {
        for (const release of graph.subjects.filter(({ fact }) => isRelease(fact.type))) {
            report.guard(release, () => {
                if (release.object.at("chart").text()?.split("/").at(-1) === "longhorn")
                    checkRelease(release, graph, report);
            });
        }
        for (const entry of ofKind(graph, "StorageClass")) {
            report.guard(entry, () => {
                if (entry.object.at("provisioner").text() !== "driver.longhorn.io") return;
                checkCopies(entry, entry.object.at("parameters", "numberOfReplicas"), graph, report);
            });
        }
    },
};

function checkRelease(release: Subject, graph: GraphIndex, report: Report): void {
    const values = release.object.at("values");
    for (const { key, wanted, otherwise } of settings) {
        report.guard(release, () => {
            const field = values.at("defaultSettings", key);
            if ((field.flag() ?? field.text()) === wanted) return;
            report.violation(release, { path: field.path, wrong: otherwise, write: `write ${wanted}` });
        });
    }
    checkCopies(release, values.at("defaultSettings", "defaultReplicaCount"), graph, report);
    const demand = (field: Field, wrong: string, write: string) =>
        report.guard(release, () => {
            if (!field.exists()) report.violation(release, { path: field.path, wrong, write });
        });
    const away = "it is put on nodes without an iSCSI client too, and fails there";
    for (const part of placed) demand(values.at(part, "nodeSelector"), away, "select the nodes that were prepared");
    demand(
        values.at("defaultSettings", "systemManagedComponentsNodeSelector"),
        away,
        "write the same selector as text",
    );
}

/** Two copies, but on the only host of the house. */
function checkCopies(subject: Subject, field: Field, graph: GraphIndex, report: Report): void {
    report.guard(subject, () => {
        const copies = field.number() ?? Number(field.text() ?? 3);
        if (copies >= 2 || blockStorageHosts(graph).size === 1) return;
        report.violation(subject, {
            path: field.path,
            wrong: `${copies} copy is gone with its host`,
            write: "write 2 or more",
        });
    });
}
