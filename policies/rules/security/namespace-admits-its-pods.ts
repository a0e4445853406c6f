import type { Field } from "../../model/field";
import { type GraphIndex, isIndexed, named, type Workload } from "../../model/graph-index";
import { isKind } from "../../model/kind";
import { containerLists } from "../../model/pod-template";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import { namespaceOf } from "../../model/subject";

const isNamespace = isKind("Namespace");
const enforceLabel = "pod-security.kubernetes.io/enforce";

/** Kinds of volumes that "restricted" admits. */
const restrictedVolumes: ReadonlySet<string> = new Set([
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
    "image",
]);

/** A place that a level does not admit, and why. */
interface Objection {
    readonly at: Field;
    readonly wrong: string;
    readonly needs: "baseline" | "privileged";
}

export const namespaceAdmitsItsPods: StackRule = {
    kind: "stack",
    name: "namespace-admits-its-pods",
    level: "mandatory",
    severity: "high",
    description: "A namespace says which Pod Security level it enforces, and that level admits every pod in it.",
    incident:
        "A namespace was labelled restricted while a pod in it ran as root with an inline NFS volume: the Deployment was " +
        "created, its pods were refused one by one, and nothing said so until the old pod was gone.",
    instead: "podSecurity of components/namespace, with the least level that its pods need.",
    applies: (type) => isIndexed(type) || isNamespace(type),
    check(graph, report) {
        for (const workload of graph.workloads) {
            report.guard(workload.subject, () => checkWorkload(workload, graph, report));
        }
    },
};

function checkWorkload(workload: Workload, graph: GraphIndex, report: Report): void {
    const { subject } = workload;
    if (subject.type.patch) return;
    const { certain, open } = named(graph, "Namespace", undefined, namespaceOf(subject));
    const [namespace] = certain;
    // Somebody else's namespace is no business of this program.
    if (!namespace) return open && report.unchecked(open.subject, open.unknown);
    const level = namespace.object.at("metadata", "labels", enforceLabel);
    const enforced = level.undecided() ? undefined : level.text();
    if (level.undecided()) return report.guard(namespace, () => void level.text());
    if (enforced === undefined) {
        return report.violation(namespace, {
            path: level.path,
            wrong: "no level is enforced, so that any pod in it may take over its node",
            write: "write restricted, baseline or privileged",
        });
    }
    if (enforced === "privileged") return;
    for (const find of [podObjections, containerObjections]) {
        report.guard(subject, () => {
            for (const { at, wrong, needs } of find(workload, enforced === "restricted")) {
                report.violation(subject, {
                    path: at.path,
                    wrong: `${wrong}, which ${namespace.title} (${enforced}) refuses: the pods are never made`,
                    write: `change it, or enforce ${needs} in the namespace`,
                });
            }
        });
    }
}

function podObjections({ template: { spec } }: Workload, restricted: boolean): readonly Objection[] {
    const shared = ["hostNetwork", "hostPID", "hostIPC"].map((key) => spec.at(key));
    const found: Objection[] = shared
        .filter((flag) => flag.flag() === true)
        .map((at) => ({ at, wrong: "is true", needs: "privileged" }));
    for (const volume of spec.at("volumes").items()) {
        if (volume.at("hostPath").exists()) {
            found.push({ at: volume, wrong: "a folder of the node is mounted", needs: "privileged" });
        }
        const kind = volume.keys().find((key) => key !== "name" && volume.at(key).exists());
        if (restricted && kind !== undefined && kind !== "hostPath" && !restrictedVolumes.has(kind)) {
            found.push({ at: volume, wrong: `a volume of kind ${kind} (use a claim)`, needs: "baseline" });
        }
    }
    return found;
}

function containerObjections({ template }: Workload, restricted: boolean): readonly Objection[] {
    const containers = containerLists(template).flatMap((list) => list.items());
    return containers.flatMap((container) => {
        const context = container.at("securityContext");
        const found: Objection[] = [];
        if (context.at("privileged").flag() === true) {
            found.push({ at: context.at("privileged"), wrong: "is true", needs: "privileged" });
        }
        for (const port of container.at("ports").items()) {
            if ((port.at("hostPort").number() ?? 0) === 0) continue;
            found.push({ at: port.at("hostPort"), wrong: "a port of the node is taken", needs: "privileged" });
        }
        return restricted ? [...found, ...restrictions(context, template.spec.at("securityContext"))] : found;
    });
}

function restrictions(context: Field, pod: Field): readonly Objection[] {
    const found: Objection[] = [];
    const refuse = (at: Field, wrong: string) => found.push({ at, wrong, needs: "baseline" });
    const flag = context.at("allowPrivilegeEscalation");
    if (flag.flag() !== false) refuse(flag, "is not false");
    const drop = context.at("capabilities", "drop");
    if (!drop.items().some((entry) => entry.text() === "ALL")) refuse(drop, "does not drop ALL");
    for (const added of context.at("capabilities", "add").items()) {
        if (added.text() !== "NET_BIND_SERVICE") refuse(added, `adds ${added.text() ?? ""}`);
    }
    const nonRoot = context.at("runAsNonRoot");
    if ((nonRoot.flag() ?? pod.at("runAsNonRoot").flag()) !== true) refuse(nonRoot, "root is not excluded");
    const user = context.at("runAsUser");
    if ((user.number() ?? pod.at("runAsUser").number()) === 0) refuse(user, "is user 0");
    const profile = context.at("seccompProfile", "type");
    const seccomp = profile.text() ?? pod.at("seccompProfile", "type").text();
    if (seccomp !== "RuntimeDefault" && seccomp !== "Localhost") refuse(profile, "filters no system calls");
    return found;
}
