import { ApiError } from "../kube-api";
import type { ApiAccess } from "../kubeconfig";
import { listNodes, type ObservedNode } from "./api-nodes";
import { Heartbeats } from "./heartbeats";
import { silentSharedAddress } from "./shared-address";

/** A node that must be there: of a machine of ours, or of a cluster that was there before. */
export type PlannedNode = MachineNode | ForeignNode;

/** A node that others run; nothing is known of its machine. */
export interface ForeignNode {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly vmId?: undefined;
}

/** A node of ours, and where its machine is to be looked at. */
export interface MachineNode {
    readonly name: string;
    readonly role: "server" | "agent";
    readonly host: string;
    readonly vmId: number;
    readonly address: string;
    readonly labels: Readonly<Record<string, string>>;
    /** Whom it lets in over SSH; absent where the house lets nobody in. */
    readonly sshUser?: string | undefined;
}

/** A planned node that is not ready, with the reason as far as the cluster knows it. */
export interface Absence {
    readonly node: PlannedNode;
    readonly joined: boolean;
    readonly message: string;
}

/** Who of the planned nodes is missing or not ready, in the order of the plan. */
export function absences(planned: readonly PlannedNode[], observed: readonly ObservedNode[]): Absence[] {
    const byName = new Map(observed.map((node) => [node.name, node]));
    return planned.flatMap((node): Absence[] => {
        const found = byName.get(node.name);
        if (found?.ready === true) {
            return [];
        }
        return [{ node, joined: found !== undefined, message: found?.message ?? "has not joined" }];
    });
}

/** Labels that were planned but are not on the node: k3s writes those of the user-data that its machine last started with. */
export function missingLabels(planned: readonly PlannedNode[], observed: readonly ObservedNode[]): string[] {
    const byName = new Map(observed.map((node) => [node.name, node]));
    return planned.flatMap((node) => {
        const labels = byName.get(node.name)?.labels;
        const wanted = Object.entries(node.labels).filter(
            ([key, value]) => labels !== undefined && labels[key] !== value,
        );
        if (wanted.length === 0) {
            return [];
        }
        const pairs = wanted.map(([key, value]) => `${key}=${value}`).join(" ");
        return [`${node.name} does not carry ${pairs}; write: kubectl label --overwrite node ${node.name} ${pairs}`];
    });
}

/** What to look at, by how far the machine came. */
function whereToLook({ node, joined }: Absence): string {
    if (node.vmId === undefined) {
        return joined ? `kubectl describe node ${node.name}` : "remove it from cluster.nodes where it is gone for good";
    }
    const unit = node.role === "server" ? "k3s" : "k3s-agent";
    const machine = `on ${node.host}: qm status ${node.vmId}, qm terminal ${node.vmId} (what it says at its boot)`;
    const journal = `journalctl -n 50 -u ${unit}`;
    if (joined) {
        const refusal = node.role === "server" ? "duplicate node name found" : "Node password rejected";
        const anew = `where that says "${refusal}", its disk is new: kubectl delete node ${node.name}`;
        return `kubectl describe node ${node.name}; ${machine}; ${wayIn(node)}: ${journal}; ${anew}`;
    }
    return `${machine}; ${wayIn(node)}: cloud-init status --long, tail -n 50 /var/log/cloud-init-output.log, ${journal}`;
}

/** How a command is run in a machine. The guest agent is one of the packages that cloud-init installs; sshd is in the image. */
function wayIn({ host, vmId, address, sshUser }: MachineNode): string {
    const agent = `by qm guest exec ${vmId} -- <command> on ${host}`;
    return sshUser === undefined ? `in it, ${agent}` : `in it, by ssh ${sshUser}@${address}, or ${agent}`;
}

/** The message when the budget is spent. @param apiProblem why the API server did not answer, if it did not. */
export function timeoutMessage(
    missing: readonly Absence[],
    plannedCount: number,
    budgetMs: number,
    apiProblem: string | undefined,
): string {
    const minutes = Math.round((budgetMs / 60_000) * 10) / 10;
    const cure = missing.some(({ node }) => node.vmId !== undefined)
        ? "look at the machines below and run `pulumi up --refresh` (it also starts machines that are off)"
        : "look at the nodes below and run `pulumi up` again";
    const head =
        `cluster: ${missing.length} of ${plannedCount} planned nodes are not ready after ${minutes} min ` +
        `(every planned node joins before anything is installed); ${cure}, or raise homelab:house readinessBudgetMinutes`;
    const api = apiProblem === undefined ? [] : [`  API server: ${apiProblem}`];
    const lines = missing.map((absence) => {
        const { node, joined, message } = absence;
        const state = joined ? `joined, but not ready: ${message}` : message;
        const place = node.vmId === undefined ? "" : ` (VM ${node.vmId} on ${node.host}, ${node.address})`;
        return `  ${node.name}${place}: ${state}; ${whereToLook(absence)}`;
    });
    return [head, ...api, ...lines].join("\n");
}

/** One line on who is still awaited. */
export function progressLine(
    missing: readonly Absence[],
    plannedCount: number,
    elapsedMs: number,
    apiProblem: string | undefined,
): string {
    const seconds = Math.round(elapsedMs / 1000);
    if (apiProblem !== undefined) {
        return `waiting for the API server, ${seconds} s: ${apiProblem}`;
    }
    const names = missing.map(({ node, joined }) => (joined ? `${node.name} (joined)` : node.name)).join(", ");
    return `${plannedCount - missing.length} of ${plannedCount} nodes are ready, ${seconds} s: waiting for ${names}`;
}

export interface WaitOptions {
    /** Time until it is given up, in milliseconds. */
    readonly budgetMs: number;
    /** Time for one try, in milliseconds; default 3,000. */
    readonly tryMs?: number;
    /** Pause between two tries, in milliseconds; default 2,000. */
    readonly pauseMs?: number;
    /** Nodes whose machines this update has made: each has to be heard of. Default: none. */
    readonly made?: ReadonlySet<string>;
    /** Gets a line whenever something changed. */
    readonly progress: (line: string) => void;
    /** Gets a line for what is odd but stops nothing. */
    readonly warn: (line: string) => void;
}

/** So many hopeless answers in a row end the waiting: a server that is just starting may give one or two. */
const HOPELESS_TRIES = 5;

/**
 * Waits until every planned node is there and ready.
 * @throws Error that names each missing node, where it is and what to look at
 */
export async function waitForNodes(
    access: ApiAccess,
    planned: readonly PlannedNode[],
    options: WaitOptions,
): Promise<void> {
    const started = Date.now();
    const heartbeats = new Heartbeats(replacements(planned, options.made ?? new Set()));
    let missing = absences(planned, []);
    let hopeless = 0;
    let said = "";
    for (;;) {
        const { nodes, problem } = await tryOnce(access, heartbeats, options.tryMs ?? 3_000);
        missing = absences(planned, nodes);
        hopeless = problem?.kind === "hopeless" ? hopeless + 1 : 0;
        const apiProblem = problem === undefined ? undefined : `${access.server}: ${problem.message}`;
        if (missing.length === 0) {
            missingLabels(planned, nodes).forEach(options.warn);
            return;
        }
        const elapsed = Date.now() - started;
        if (elapsed >= options.budgetMs || hopeless >= HOPELESS_TRIES) {
            const shared = problem && (await silentSharedAddress(access, planned, options.tryMs ?? 3_000));
            const known = shared === undefined ? apiProblem : `${apiProblem}; ${shared}`;
            throw new Error(timeoutMessage(missing, planned.length, elapsed, known));
        }
        const line = progressLine(missing, planned.length, elapsed, apiProblem);
        if (line !== said) {
            options.progress(line);
            said = line;
        }
        await new Promise((resolve) => setTimeout(resolve, options.pauseMs ?? 2_000));
    }
}

/** Of the machines that were made, those that may have taken the place of another: where all servers are new, etcd knows none. */
function replacements(planned: readonly PlannedNode[], made: ReadonlySet<string>): ReadonlySet<string> {
    const servers = planned.filter((node) => node.vmId !== undefined && node.role === "server");
    return servers.every(({ name }) => made.has(name)) ? new Set() : made;
}

async function tryOnce(
    access: ApiAccess,
    heartbeats: Heartbeats,
    tryMs: number,
): Promise<{ nodes: readonly ObservedNode[]; problem?: ApiError }> {
    try {
        return { nodes: await heartbeats.judge(access, await listNodes(access, tryMs), tryMs) };
    } catch (error) {
        if (error instanceof ApiError) {
            return { nodes: [], problem: error };
        }
        throw error;
    }
}
