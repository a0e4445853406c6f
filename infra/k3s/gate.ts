import * as pulumi from "@pulumi/pulumi";
import { issueLine, type ConfigIssue } from "../config/issues";
import { apiAccess } from "../kube-api";
import type { ApiAccess } from "../kubeconfig";
import { plainError } from "../plain-error";
import { waitForNodes, type PlannedNode } from "./readiness";

/** What the gate waits for. */
export interface GateArgs {
    readonly kubeconfig: pulumi.Output<string>;
    /** Context of the kubeconfig; default: the one that it names as current. */
    readonly context?: string | undefined;
    readonly planned: readonly PlannedNode[];
    /** Ids of the machines: nothing is asked before they exist. */
    readonly machineIds: readonly pulumi.Output<string>[];
    /** Names of the machines that this update makes, complete when the last of `machineIds` is there. Default: none. */
    readonly made?: ReadonlySet<string>;
    /** Time until it is given up, in minutes. */
    readonly budgetMinutes: number;
    /** Where the progress is shown. */
    readonly resource: pulumi.Resource;
    /** Looks at the cluster once its nodes are there, for what the configuration says of it and is not so. Default: nothing. */
    readonly inspect?: (access: ApiAccess) => Promise<readonly ConfigIssue[]>;
}

/** Gives the kubeconfig back when the cluster can be used. */
export type Gate = (args: GateArgs) => pulumi.Output<string>;

/**
 * The readiness gate. It is no resource: it is asked at every `up`, and costs one request when all nodes are there. A machine
 * that the update has made has to be heard of: what is said of its node may be of the machine before it.
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
        const access = apiAccess(kubeconfig, args.context);
        await waitForNodes(access, args.planned, {
            budgetMs: args.budgetMinutes * 60_000,
            ...(args.made === undefined ? {} : { made: args.made }),
            progress: (line) => void pulumi.log.info(line, args.resource, undefined, true),
            warn: (line) => void pulumi.log.warn(line, args.resource),
        });
        const issues = (await args.inspect?.(access)) ?? [];
        if (issues.length > 0) throw new Error(inspectionMessage(issues));
    } catch (error) {
        throw plainError(error instanceof Error ? error.message : String(error));
    }
}

function inspectionMessage(issues: readonly ConfigIssue[]): string {
    const head = "the cluster is not as the configuration has it; nothing was changed in it.";
    return [head, ...issues.map((issue) => `  ${issueLine(issue)}`)].join("\n");
}
