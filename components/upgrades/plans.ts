/** Seconds until a job that has not come to its end is given up. A drain waits for Longhorn, and agents for servers. */
const DEADLINE_SECONDS = { servers: 60 * 60, agents: 4 * 60 * 60 } as const;
const DRAIN_TIMEOUT = "30m";
const CONTROL_PLANE = "node-role.kubernetes.io/control-plane";
/** Label of nodes that somebody else runs, and upgrades. */
const JOINED_LABEL = "homelab/joined";
export const SERVER_PLAN = "k3s-servers";
export const AGENT_PLAN = "k3s-agents";

export interface PlanArgs {
    /** Exact release, for example `v1.36.3+k3s1`. */
    readonly version: string;
    /** Account with which a node's job drains it. */
    readonly serviceAccountName: string;
    /** Whether a node is emptied before; else its pods run on while k3s is replaced under them, and no other comes meanwhile. */
    readonly drained: boolean;
}

/** A tag has no plus. */
function upgradeImage(version: string): string {
    return `docker.io/rancher/k3s-upgrade:${version.replace("+", "-")}`;
}

/** Evicts through the API, so that disruption budgets and Longhorn's drain policy are asked; never by force. */
const drain = { timeout: DRAIN_TIMEOUT, deleteEmptydirData: true, ignoreDaemonSets: true, force: false };

function common({ version, serviceAccountName, drained }: PlanArgs) {
    return {
        // One node after the other.
        concurrency: 1,
        version,
        serviceAccountName,
        upgrade: { image: upgradeImage(version) },
        ...(drained ? { drain } : { cordon: true }),
    };
}

/** What is done to the servers, one after the other. */
export function serverPlan(args: PlanArgs): Record<string, unknown> {
    return {
        ...common(args),
        jobActiveDeadlineSecs: DEADLINE_SECONDS.servers,
        nodeSelector: { matchExpressions: [{ key: CONTROL_PLANE, operator: "In", values: ["true"] }] },
        tolerations: [{ key: CONTROL_PLANE, operator: "Exists", effect: "NoSchedule" }],
    };
}

/** What is done to the agents, one after the other, once all servers have the release. */
export function agentPlan(args: PlanArgs): Record<string, unknown> {
    return {
        ...common(args),
        jobActiveDeadlineSecs: DEADLINE_SECONDS.agents,
        nodeSelector: {
            matchExpressions: [
                { key: CONTROL_PLANE, operator: "DoesNotExist" },
                { key: JOINED_LABEL, operator: "DoesNotExist" },
            ],
        },
        prepare: { image: upgradeImage(args.version), args: ["prepare", SERVER_PLAN] },
    };
}
