import type { ResourceFact } from "../model/fact";
import type { Violation } from "../model/report";
import type { Rule } from "../model/rule";
import { checkAll } from "../model/run";
import { imagePinned } from "./workloads/image-pinned";
import { noPrivilegedContainer } from "./security/no-privileged-container";
import { replicasSpreadOverHosts } from "./workloads/replicas-spread-over-hosts";
import { serviceSelectsOneWorkload } from "./network/service-selects-one-workload";
import { replicatedWorkloadHasBudget } from "./workloads/replicated-workload-has-budget";
import { budgetLetsNodeDrain } from "./workloads/budget-lets-node-drain";
import { replicasFitHosts } from "./workloads/replicas-fit-hosts";

/** Every rule of the house: the pack serves them to the engine, tests run them over a captured graph. */
export const rules: readonly Rule[] = [
    imagePinned,
    noPrivilegedContainer,
    replicasSpreadOverHosts,
    serviceSelectsOneWorkload,
    replicatedWorkloadHasBudget,
    budgetLetsNodeDrain,
    replicasFitHosts,
];

/** All rules over a captured graph, without an engine; what is unknown or excepted is not in the answer. */
export function runRules(facts: readonly ResourceFact[]): readonly Violation[] {
    return checkAll(rules, facts).violations;
}
