import { createHash } from "node:crypto";
import { PLAN_KIND } from "./plan-definition";
import { AGENT_PLAN, SERVER_PLAN, type PlanArgs } from "./plans";

/** Account with which a node's job drains it. */
export const JOBS_ACCOUNT = "system-upgrade-jobs";

/** What of a plan says whether it is carried out on a node. */
type Digested = Pick<PlanArgs, "version" | "serviceAccountName">;

/**
 * The value of the label that a node has once a plan is carried out on it: a digest of version and account (`DigestStatus`
 * in `rancher/system-upgrade-controller:pkg/upgrade/plan/plan.go` of v0.20.1). Secrets and annotations, which would count
 * as well, our plans have none.
 */
function planDigest({ version, serviceAccountName }: Digested): string {
    // What stands for the release in labels has no plus.
    return createHash("sha224").update(version.replaceAll("+", "-")).update(serviceAccountName).digest("hex");
}

function labelOf(plan: string, args: Digested): Readonly<Record<string, string>> {
    return { [`plan.${PLAN_KIND.group}/${plan}`]: planDigest(args) };
}

/**
 * The label by which the controller knows that a server or an agent has this release. It takes any node without for one
 * that has to be upgraded: a new machine would be drained while the house is being built.
 */
export function upgradedLabels(version: string): Record<"server" | "agent", Readonly<Record<string, string>>> {
    const args = { version, serviceAccountName: JOBS_ACCOUNT };
    return { server: labelOf(SERVER_PLAN, args), agent: labelOf(AGENT_PLAN, args) };
}
