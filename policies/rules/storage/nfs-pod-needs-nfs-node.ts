import { type GraphIndex, isIndexed, type Workload } from "../../model/graph-index";
import type { Field } from "../../model/field";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import { isStorage, podVolumes } from "../../model/volume";

const nfsLabel = "homelab/nfs";

export const nfsPodNeedsNfsNode: StackRule = {
    kind: "stack",
    name: "nfs-pod-needs-nfs-node",
    level: "mandatory",
    severity: "high",
    description: "A pod with a volume of a file server is placed only on nodes that say they can mount it.",
    incident:
        "A node of another architecture without an NFS client joined the cluster, and a pod was moved there: it hung in " +
        "ContainerCreating while a healthy node stood by. Excluding that one node by its name would have missed the next.",
    instead: `required node affinity for ${nfsLabel} In [true], which Workload writes for every volume of the NAS.`,
    applies: (type) => isIndexed(type) || isStorage(type),
    check(graph, report) {
        for (const workload of graph.workloads) {
            report.guard(workload.subject, () => checkWorkload(workload, graph, report));
        }
    },
};

function checkWorkload(workload: Workload, graph: GraphIndex, report: Report): void {
    const volume = podVolumes(workload, graph).find(({ networkFiles }) => networkFiles);
    const { spec } = workload.template;
    if (!volume || requiresLabel(spec)) return;
    report.violation(workload.subject, {
        path: spec.at("affinity", "nodeAffinity").path,
        wrong: `volume ${volume.name} is a share of a file server, and the pod may be placed on a node that cannot mount it`,
        write: `require ${nfsLabel} In [true] of the node`,
    });
}

/** Terms are alternatives: each of them has to ask for the label. */
function requiresLabel(spec: Field): boolean {
    if (spec.at("nodeSelector", nfsLabel).text() === "true") return true;
    const terms = spec
        .at("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
        .items();
    return terms.length > 0 && terms.every((term) => term.at("matchExpressions").items().some(asksForLabel));
}

function asksForLabel(expression: Field): boolean {
    if (expression.at("key").text() !== nfsLabel || expression.at("operator").text() !== "In") return false;
    const values = expression.at("values").items();
    return values.length > 0 && values.every((value) => value.text() === "true");
}
