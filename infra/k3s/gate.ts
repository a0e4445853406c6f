import * as pulumi from "@pulumi/pulumi";
import { plainError } from "../plain-error";
import { apiAccess } from "./api-nodes";
import { waitForNodes, type PlannedNode } from "./readiness";

/** What the gate waits for. */
export interface GateArgs {
    readonly kubeconfig: pulumi.Output<string>;
    /** Context of the kubeconfig; default: the one that it names as current. */
    readonly context?: string | undefined;
    readonly planned: readonly PlannedNode[];
    /** Ids of the machines: nothing is asked before they exist. */
    readonly machineIds: readonly pulumi.Output<string>[];
    /** Time until it is given up, in minutes. */
    readonly budgetMinutes: number;
    /** Where the progress is shown. */
    readonly resource: pulumi.Resource;
}

/** Gives the kubeconfig back when the cluster can be used. */
export type Gate = (args: GateArgs) => pulumi.Output<string>;

/**
 * The readiness gate. It is no resource: it is asked at every `up`, and costs one request when all nodes are there.
 * The Kubernetes provider gets its kubeconfig from here, so no object is tried on a cluster that is away or half there.
 * A preview does not wait: the kubeconfig passes through, and depends on no machine.
 */
export const readinessGate: Gate = (args) => {
    if (pulumi.runtime.isDryRun()) {
        return args.kubeconfig;
    }
    const passed = pulumi
        .all([...args.machineIds])
        .apply(() => args.kubeconfig)
        .apply(async (kubeconfig) => {
            await wait(kubeconfig, args);
            return kubeconfig;
        });
    return pulumi.secret(passed);
};

async function wait(kubeconfig: string, args: GateArgs): Promise<void> {
    try {
        await waitForNodes(apiAccess(kubeconfig, args.context), args.planned, {
            budgetMs: args.budgetMinutes * 60_000,
            progress: (line) => void pulumi.log.info(line, args.resource, undefined, true),
            warn: (line) => void pulumi.log.warn(line, args.resource),
        });
    } catch (error) {
        throw plainError(error instanceof Error ? error.message : String(error));
    }
}
