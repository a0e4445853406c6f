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
    return kinds.flatMap((kind) => byKind(graph).get(kind) ?? []);
}

// Made at the first question, and gone with its graph: most rules ask for one kind of many.
const kindsOfGraphs = new WeakMap<GraphIndex, ReadonlyMap<string, readonly Subject[]>>();

function byKind(graph: GraphIndex): ReadonlyMap<string, readonly Subject[]> {
    const kept = kindsOfGraphs.get(graph);
    if (kept) return kept;
    const made = grouped(
        graph.subjects.filter(({ type }) => !type.patch),
        ({ type }) => type.kind,
    );
    kindsOfGraphs.set(graph, made);
    return made;
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

/** The workloads that are in a namespace, or may be: selectors never reach beyond it. */
export function workloadsIn(namespace: string, graph: GraphIndex): readonly Workload[] {
    const groups = workloadsOfGraphs.get(graph) ?? grouped(graph.workloads, ({ subject }) => knownNamespace(subject));
    workloadsOfGraphs.set(graph, groups);
    return [...(groups.get(namespace) ?? []), ...(groups.get(undefined) ?? [])];
}

/** The objects of a kind that are in a namespace, or may be. */
export function inNamespace(kind: string, namespace: string, graph: GraphIndex): readonly Subject[] {
    const kinds = spacesOfGraphs.get(graph) ?? new Map<string, ReadonlyMap<string | undefined, readonly Subject[]>>();
    spacesOfGraphs.set(graph, kinds);
    const groups = kinds.get(kind) ?? grouped(ofKind(graph, kind), knownNamespace);
    kinds.set(kind, groups);
    return [...(groups.get(namespace) ?? []), ...(groups.get(undefined) ?? [])];
}

const workloadsOfGraphs = new WeakMap<GraphIndex, ReadonlyMap<string | undefined, readonly Workload[]>>();
const spacesOfGraphs = new WeakMap<GraphIndex, Map<string, ReadonlyMap<string | undefined, readonly Subject[]>>>();

function knownNamespace(subject: Subject): string | undefined {
    const metadata = subject.object.at("metadata");
    return metadata.undecided() || metadata.at("namespace").undecided() ? undefined : namespaceOf(subject);
}

/** The workloads that a selector picks; `undefined` selects nothing. */
export function selected(labels: Labels | undefined, namespace: string, graph: GraphIndex): Matches<Workload> {
    return matching(workloadsIn(namespace, graph), (workload) => {
        const answer = labels ? selects(labels, namespace, workload) : "no";
        if (answer instanceof NotKnown) throw answer;
        return answer === "yes";
    });
}

/**
 * The objects of one kind with a name, which may be unknown for some.
 * @param namespace `undefined` for kinds that live in none
 */
export function named(graph: GraphIndex, kind: string, namespace: string | undefined, name: string): Matches<Subject> {
    const names = byName(graph, kind);
    const candidates = [...(names.get(name) ?? []), ...(names.get(undefined) ?? [])];
    return matching(
        candidates,
        (subject) =>
            subject.object.at("metadata", "name").text() === name &&
            (namespace === undefined || namespaceOf(subject) === namespace),
    );
}

function grouped<T, K>(items: readonly T[], key: (item: T) => K): ReadonlyMap<K, readonly T[]> {
    const groups = new Map<K, T[]>();
    for (const item of items) {
        const group = groups.get(key(item));
        if (group) group.push(item);
        else groups.set(key(item), [item]);
    }
    return groups;
}

const namesOfGraphs = new WeakMap<GraphIndex, Map<string, ReadonlyMap<string | undefined, readonly Subject[]>>>();

/** By name; those whose name is unknown are under `undefined`. */
function byName(graph: GraphIndex, kind: string): ReadonlyMap<string | undefined, readonly Subject[]> {
    const kinds = namesOfGraphs.get(graph) ?? new Map<string, ReadonlyMap<string | undefined, readonly Subject[]>>();
    namesOfGraphs.set(graph, kinds);
    const kept = kinds.get(kind);
    if (kept) return kept;
    const made = grouped(ofKind(graph, kind), ({ object }) => {
        const name = object.at("metadata", "name");
        return name.undecided() || object.at("metadata").undecided() ? undefined : (name.text() ?? "");
    });
    kinds.set(kind, made);
    return made;
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
