import type { Day } from "../../../policies/model/day";
import type { ResourceFact } from "../../../policies/model/fact";
import { checkAll } from "../../../policies/model/run";
import { rules } from "../../../policies/rules/index";
import { type Mutation, mutableCopy } from "./mutation";

/** What became of one mutation. */
export interface Fate {
    readonly name: string;
    /** Rules that refuse the changed graph; none: the property can go without anybody noticing. */
    readonly refusedBy: readonly string[];
    /** `false` where there was nothing to take away: the list is out of date. */
    readonly applied: boolean;
}

/** Takes away one property after the other, and asks all rules each time. The graph itself must be clean. */
export function fates(mutations: readonly Mutation[], facts: readonly ResourceFact[], today: Day): readonly Fate[] {
    const before = checkAll(rules, facts, today);
    if (before.violations.length > 0) throw new Error(`the graph is not clean: ${before.violations[0]?.message ?? ""}`);
    return mutations.map(({ name, apply }) => {
        const graph = mutableCopy(facts);
        const applied = apply(graph);
        const { violations } = checkAll(rules, graph, today);
        return { name, applied, refusedBy: [...new Set(violations.map(({ rule }) => rule))] };
    });
}

export function noticed({ applied, refusedBy }: Fate): boolean {
    return applied && refusedBy.length > 0;
}
