import { type Field, NotKnown } from "../../model/field";
import { podTemplates } from "../../model/pod-template";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import { type Labels, sameLabels, selectorLabels, showLabels } from "../../model/selector";
import { type Subject, kubernetesType, namespaceOf } from "../../model/subject";

/** The node label that names the physical host below a machine: the failure domain of the house. */
const hostLabel = "topology.kubernetes.io/zone";

const replicatedKinds: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "ReplicaSet"]);

export const replicasSpreadOverHosts: ResourceRule = {
    kind: "resource",
    name: "replicas-spread-over-hosts",
    level: "mandatory",
    severity: "high",
    description: "Two or more replicas must not be able to share a physical host.",
    incident:
        "Both replicas of a highly available service ran on two machines of one physical host, and died with it: " +
        "a preferred rule gives way when a node is busy, and the host name names the machine, not what it runs on.",
    instead:
        `required pod anti-affinity over ${hostLabel}, or topologySpreadConstraints over it with maxSkew 1 and ` +
        "whenUnsatisfiable DoNotSchedule, with the workload's own selector.",
    applies: (type) => replicatedKinds.has(kubernetesType(type)?.kind ?? ""),
    check: checkSpread,
};

function checkSpread(subject: Subject, report: Report): void {
    const replicas = subject.object.at("spec", "replicas").number() ?? 1;
    if (replicas < 2) return;
    const spec = podTemplates(subject)[0]?.spec;
    const own = ownLabels(subject);
    const verdicts = spec
        ? [...antiAffinityTerms(spec, own, subject), ...spreadConstraints(spec, own)].map(orNotKnown)
        : [];
    if (verdicts.includes("spreads")) return;
    const undecided = verdicts.find((verdict) => verdict instanceof NotKnown);
    if (undecided) throw undecided;
    const nearMisses = verdicts.filter((verdict) => typeof verdict === "string");
    const preferred = spec?.at("affinity", "podAntiAffinity", "preferredDuringSchedulingIgnoredDuringExecution");
    const found = [...nearMisses, ...(preferred?.exists() ? ["its anti-affinity is only preferred"] : [])];
    report.violation(subject, {
        path: subject.object.at("spec", "replicas").path,
        wrong: `${replicas} replicas may share a host: ${found.length > 0 ? found.join("; ") : "nothing spreads them"}`,
        write:
            "require pod anti-affinity (or a spread constraint with maxSkew 1 and DoNotSchedule) with topologyKey " +
            `${hostLabel} and labelSelector ${own ? showLabels(own) : "equal to the workload's selector"}`,
    });
}

type Verdict = () => string;

/** The workload's selector; a patch that has none is measured by its template's labels, else by nothing. */
function ownLabels(subject: Subject): Labels | undefined {
    const labels = selectorLabels(subject.object.at("spec", "selector"));
    if (labels) return labels;
    const template = podTemplates(subject)[0];
    return template?.labels.exists() ? template.labels.texts() : undefined;
}

function antiAffinityTerms(spec: Field, own: Labels | undefined, subject: Subject): readonly Verdict[] {
    const required = spec.at("affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution");
    return parts(required, (term) => {
        const wrong = wrongTopology(term) ?? wrongSelector(term, own);
        if (wrong) return wrong;
        const namespaces = term.at("namespaces").items();
        const elsewhere = namespaces.length > 0 && !namespaces.some((entry) => entry.text() === namespaceOf(subject));
        return elsewhere ? `${term.at("namespaces").path} leaves out the workload's own namespace` : "spreads";
    });
}

function spreadConstraints(spec: Field, own: Labels | undefined): readonly Verdict[] {
    return parts(spec.at("topologySpreadConstraints"), (constraint) => {
        const wrong = wrongTopology(constraint) ?? wrongSelector(constraint, own);
        if (wrong) return wrong;
        const maxSkew = constraint.at("maxSkew").number();
        if (maxSkew !== 1) return `${constraint.path} allows a maxSkew of ${maxSkew ?? "nothing"}`;
        const unsatisfiable = constraint.at("whenUnsatisfiable").text();
        return unsatisfiable === "DoNotSchedule"
            ? "spreads"
            : `${constraint.path} has whenUnsatisfiable ${unsatisfiable ?? "unset"}`;
    });
}

function wrongTopology(term: Field): string | undefined {
    const key = term.at("topologyKey").text();
    return key === hostLabel ? undefined : `${term.path} spreads over ${key ?? "nothing"}, which is not a host`;
}

function wrongSelector(term: Field, own: Labels | undefined): string | undefined {
    const selector = selectorLabels(term.at("labelSelector"));
    const fits = selector !== undefined && (own ? sameLabels(selector, own) : Object.keys(selector).length > 0);
    return fits ? undefined : `${term.path} selects ${selector ? showLabels(selector) : "other pods"}`;
}

/** One verdict for each element, so that an unknown in one does not hide another that spreads. */
function parts(list: Field, judge: (element: Field) => string): readonly Verdict[] {
    try {
        return list.items().map((element) => () => judge(element));
    } catch (error) {
        if (!(error instanceof NotKnown)) throw error;
        return [
            () => {
                throw error;
            },
        ];
    }
}

function orNotKnown(verdict: Verdict): string | NotKnown {
    try {
        return verdict();
    } catch (error) {
        if (error instanceof NotKnown) return error;
        throw error;
    }
}
