import { type PodTemplate, podTemplates, workloadKinds } from "./pod-template";
import { type Subject, kubernetesType, namespaceOf } from "./subject";
import { NotKnown } from "./field";
import type { Labels } from "./selector";

/** Something that runs pods, with the template they are made from. */
export interface Workload {
    readonly subject: Subject;
    readonly template: PodTemplate;
}

/** The whole graph, read once and shared by all rules over it. */
export interface GraphIndex {
    readonly subjects: readonly Subject[];
    readonly services: readonly Subject[];
    /** Patches only where the patched object itself is not in the graph: they would count twice. */
    readonly workloads: readonly Workload[];
}

/** Whether a graph index has a use for resources of this type; everything else need not be read at all. */
export function isIndexed(token: string): boolean {
    const type = kubernetesType(token);
    return type !== undefined && (type.kind === "Service" || workloadKinds.has(type.kind));
}

export function indexGraph(subjects: readonly Subject[]): GraphIndex {
    const owned = new Set(subjects.filter(({ type }) => !type.patch).map(({ title }) => title));
    const counted = subjects.filter(({ type, title }) => !type.patch || !owned.has(title.replace("Patch ", " ")));
    return {
        subjects,
        services: counted.filter(({ type }) => type.kind === "Service"),
        workloads: counted.flatMap((subject) => podTemplates(subject).map((template) => ({ subject, template }))),
    };
}

/** Objects of these kinds. A patch changes single fields of an object, so it is none. */
export function ofKind(graph: GraphIndex, ...kinds: readonly string[]): readonly Subject[] {
    return graph.subjects.filter(({ type }) => !type.patch && kinds.includes(type.kind));
}

/** Which of several subjects fit, and the first unknown value that may hide another. */
export interface Matches<T> {
    readonly certain: readonly T[];
    readonly open: { readonly subject: Subject; readonly unknown: NotKnown } | undefined;
}

/** Sorts out what fits; an unknown in one candidate leaves the others judged. */
export function matching<T extends Subject | Workload>(
    candidates: readonly T[],
    fits: (candidate: T) => boolean,
): Matches<T> {
    const certain: T[] = [];
    let open: Matches<T>["open"];
    for (const candidate of candidates) {
        try {
            if (fits(candidate)) certain.push(candidate);
        } catch (error) {
            if (!(error instanceof NotKnown)) throw error;
            open ??= { subject: "subject" in candidate ? candidate.subject : candidate, unknown: error };
        }
    }
    return { certain, open };
}

/** The workloads that a selector picks; `undefined` selects nothing. */
export function selected(labels: Labels | undefined, namespace: string, graph: GraphIndex): Matches<Workload> {
    return matching(graph.workloads, (workload) => {
        const answer = labels ? selects(labels, namespace, workload) : "no";
        if (answer instanceof NotKnown) throw answer;
        return answer === "yes";
    });
}

/** The objects of one kind with a name in a namespace, which may be unknown for some. */
export function named(graph: GraphIndex, kind: string, namespace: string, name: string): Matches<Subject> {
    return matching(
        ofKind(graph, kind),
        (subject) => subject.object.at("metadata", "name").text() === name && namespaceOf(subject) === namespace,
    );
}

/** Whether a selector picks a workload's pods, or the value that this hangs on. */
export type Selected = "yes" | "no" | NotKnown;

/** One label that is known to differ decides, whatever else is unknown. */
export function selects(labels: Labels, namespace: string, workload: Workload): Selected {
    let open: NotKnown | undefined;
    const compare = (wanted: string, read: () => string | undefined): boolean => {
        try {
            return read() === wanted;
        } catch (error) {
            if (!(error instanceof NotKnown)) throw error;
            open ??= error;
            return true;
        }
    };
    const fits =
        Object.entries(labels).every(([key, value]) => compare(value, () => workload.template.labels.at(key).text())) &&
        compare(namespace, () => namespaceOf(workload.subject));
    return fits ? (open ?? "yes") : "no";
}
