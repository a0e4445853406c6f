import type { Field } from "./field";
import { type GraphIndex, inNamespace, type Selected, selects, type Workload, workloadsIn } from "./graph-index";
import { selectorLabels } from "./selector";
import { type Subject, namespaceOf } from "./subject";

export type Direction = "ingress" | "egress";

/** What one policy says of a workload's way in or out. */
export interface Ruling {
    readonly policy: Subject;
    /** The list of rules; nothing in it lets nobody through. */
    readonly rules: readonly Field[];
}

type Rulings = Readonly<Record<Direction, readonly Ruling[]>>;
const known = new WeakMap<GraphIndex, Map<Workload, Rulings>>();

/** The policies that decide on one direction of a workload's traffic; none: everything goes. Throws `NotKnown`. */
export function rulings(workload: Workload, direction: Direction, graph: GraphIndex): readonly Ruling[] {
    const kept = known.get(graph) ?? new Map<Workload, Rulings>();
    known.set(graph, kept);
    const found = kept.get(workload) ?? rulingsOf(workload, graph);
    kept.set(workload, found);
    return found[direction];
}

function rulingsOf(workload: Workload, graph: GraphIndex): Rulings {
    const policies = inNamespace("NetworkPolicy", namespaceOf(workload.subject), graph).filter((policy) => {
        const labels = selectorLabels(policy.object.at("spec", "podSelector")) ?? {};
        return sure(selects(labels, namespaceOf(policy), workload));
    });
    const of = (direction: Direction) =>
        policies
            .filter((policy) => decides(policy.object.at("spec"), direction))
            .map((policy) => ({ policy, rules: policy.object.at("spec", direction).items() }));
    return { ingress: of("ingress"), egress: of("egress") };
}

/** The workloads of the graph that a peer of a policy names. Throws `NotKnown`. */
export function peersOf(peer: Field, policy: Subject, graph: GraphIndex): readonly Workload[] {
    const wanted = namespaceOfPeer(peer, policy);
    if (wanted === undefined) return [];
    return workloadsIn(wanted, graph).filter((workload) => isPeer(peer, policy, workload));
}

/** Whether a peer of a policy is this workload. Throws `NotKnown`. */
export function isPeer(peer: Field, policy: Subject, workload: Workload): boolean {
    const wanted = namespaceOfPeer(peer, policy);
    return wanted !== undefined && sure(selects(selectorLabels(peer.at("podSelector")) ?? {}, wanted, workload));
}

/** `undefined` for addresses, and for a namespace by other labels than its name: the graph does not say which those are. */
function namespaceOfPeer(peer: Field, policy: Subject): string | undefined {
    if (!peer.at("podSelector").exists()) return undefined;
    const namespaces = peer.at("namespaceSelector");
    if (!namespaces.exists()) return namespaceOf(policy);
    return selectorLabels(namespaces)?.["kubernetes.io/metadata.name"];
}

function sure(answer: Selected): boolean {
    if (answer !== "yes" && answer !== "no") throw answer;
    return answer === "yes";
}

function decides(spec: Field, direction: Direction): boolean {
    const types = spec.at("policyTypes");
    const word = direction === "ingress" ? "Ingress" : "Egress";
    if (types.exists()) return types.items().some((type) => type.text() === word);
    return direction === "ingress" || spec.at("egress").exists();
}
