import type { Field } from "./field";
import { type GraphIndex, ofKind, selects, type Workload } from "./graph-index";
import { selectorLabels } from "./selector";
import { type Subject, namespaceOf } from "./subject";

export type Direction = "ingress" | "egress";

/** What one policy says of a workload's way in or out. */
export interface Ruling {
    readonly policy: Subject;
    /** The list of rules; nothing in it lets nobody through. */
    readonly rules: readonly Field[];
}

/** The policies that decide on one direction of a workload's traffic; none: everything goes. Throws `NotKnown`. */
export function rulings(workload: Workload, direction: Direction, graph: GraphIndex): readonly Ruling[] {
    return ofKind(graph, "NetworkPolicy").flatMap((policy) => {
        const spec = policy.object.at("spec");
        if (!decides(spec, direction)) return [];
        const labels = selectorLabels(spec.at("podSelector")) ?? {};
        const answer = selects(labels, namespaceOf(policy), workload);
        if (answer !== "yes" && answer !== "no") throw answer;
        return answer === "yes" ? [{ policy, rules: spec.at(direction).items() }] : [];
    });
}

/** Whether a peer of a policy is a workload of the graph. Throws `NotKnown`. */
export function isPeer(peer: Field, policy: Subject, workload: Workload): boolean {
    const pods = peer.at("podSelector");
    if (!pods.exists()) return false;
    const namespaces = peer.at("namespaceSelector");
    const wanted = namespaces.exists()
        ? selectorLabels(namespaces)?.["kubernetes.io/metadata.name"]
        : namespaceOf(policy);
    // A namespace by other labels than its name: the graph does not say which ones that are.
    if (wanted === undefined) return false;
    const answer = selects(selectorLabels(pods) ?? {}, wanted, workload);
    if (answer !== "yes" && answer !== "no") throw answer;
    return answer === "yes";
}

function decides(spec: Field, direction: Direction): boolean {
    const types = spec.at("policyTypes");
    const word = direction === "ingress" ? "Ingress" : "Egress";
    if (types.exists()) return types.items().some((type) => type.text() === word);
    return direction === "ingress" || spec.at("egress").exists();
}
