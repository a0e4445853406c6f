import type { GraphIndex, Matches } from "../../model/graph-index";
import { matching } from "../../model/graph-index";
import type { Field } from "../../model/field";
import { isKind } from "../../model/kind";
import { workloadKinds } from "../../model/pod-template";
import { isRelease } from "../../model/release";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import { type Subject, kubernetesType } from "../../model/subject";

/** Those that every cluster has. */
const builtIn: ReadonlySet<string> = new Set(["kube-system", "kube-public", "kube-node-lease"]);

/** Kinds that are in `default` when they name no namespace; of others that name none, nobody knows whether they have one. */
const namespaced = isKind(
    ...workloadKinds,
    "Service",
    "ConfigMap",
    "Secret",
    "ServiceAccount",
    "PersistentVolumeClaim",
    "Role",
    "RoleBinding",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "HorizontalPodAutoscaler",
    "Ingress",
);

export const namespaceMadeHere: StackRule = {
    kind: "stack",
    name: "namespace-made-here",
    level: "mandatory",
    severity: "medium",
    description: "Every object is in a namespace that the stack makes, never in `default`.",
    incident:
        "A forgotten namespace put an app into `default`, where no Pod Security level is enforced and no policy denies " +
        "anything. A misspelt one is worse: it is found out after everything before it was made.",
    instead: "namespace.name of the Namespace component, which also waits for it.",
    applies: (type) => kubernetesType(type) !== undefined,
    check(graph, report) {
        const made = namespacesMade(graph);
        for (const subject of graph.subjects) report.guard(subject, () => checkSubject(subject, made, report));
    },
};

interface Made {
    readonly names: ReadonlySet<string>;
    readonly open: Matches<Subject>["open"];
}

function namespacesMade({ subjects }: GraphIndex): Made {
    const names = new Set(builtIn);
    const { open } = matching(subjects, (subject) => {
        const name = madeBy(subject)?.text();
        if (name !== undefined) names.add(name);
        return name !== undefined;
    });
    return { names, open };
}

/** The name of the namespace that a resource makes, or that somebody else made and it patches. */
function madeBy(subject: Subject): Field | undefined {
    if (subject.type.kind === "Namespace") return subject.object.at("metadata", "name");
    const makes = isRelease(subject.fact.type) && subject.object.at("createNamespace").flag() === true;
    return makes ? subject.object.at("namespace") : undefined;
}

function checkSubject(subject: Subject, { names, open }: Made, report: Report): void {
    const { fact, object, type } = subject;
    if (type.kind === "Namespace" || type.patch) return;
    const release = isRelease(fact.type);
    const field = release ? object.at("namespace") : object.at("metadata", "namespace");
    const name = field.text() || (release || namespaced(fact.type) ? "default" : undefined);
    if (name === undefined || names.has(name)) return;
    const write = "write the name of a Namespace of this stack";
    if (name === "default") {
        const wrong = "is default, where no Pod Security level and no network policy holds";
        return report.violation(subject, { path: field.path, wrong, write });
    }
    if (open) return report.unchecked(open.subject, open.unknown);
    const wrong = `${name} is made by nothing in this stack, so the object fails when its turn comes`;
    report.violation(subject, { path: field.path, wrong, write });
}
