/**
 * Every default of a workload that may be given up, with the rule that watches it. The reason is written to the
 * annotation `policy.homelab/allow-<rule>`: the policies accept the weakness only where they find it.
 */
export const weakenings = {
    /** Containers may run as user 0. */
    "run-as-root": "run-as-non-root",
    /** The root file system is writable. */
    "writable-root": "read-only-root",
    /** Containers are privileged: all devices, all capabilities. */
    privileged: "no-privileged-container",
    /** The Linux capabilities in `addCapabilities` are added. */
    capabilities: "no-privileged-container",
    /** The ServiceAccount's token is mounted. */
    "api-token": "no-api-token",
    /** Pods use the network of their node. */
    "host-network": "no-host-network",
    /** Replicas need not be on different hosts. */
    "shared-host": "replicas-spread-over-hosts",
    /** Nodes that name no host (joined by hand) may run it. */
    "any-node": "known-nodes-only",
} as const;

export type Weakening = keyof typeof weakenings;

/** Which defaults a workload gives up, each with the reason in a sentence. */
export type Weaken = Readonly<Partial<Record<Weakening, string>>>;

function given(weaken: Weaken): [Weakening, string][] {
    const names = Object.keys(weakenings) as Weakening[];
    return names.flatMap((name): [Weakening, string][] => {
        const reason = weaken[name];
        return reason === undefined ? [] : [[name, reason]];
    });
}

/** The annotations that the policies read. */
export function weakenAnnotations(weaken: Weaken): Record<string, string> {
    const annotations: Record<string, string> = {};
    for (const [name, reason] of given(weaken)) {
        const key = `policy.homelab/allow-${weakenings[name]}`;
        annotations[key] = annotations[key] === undefined ? reason : `${annotations[key]}; ${reason}`;
    }
    return annotations;
}

/** One problem for each reason that says nothing; a word is no reason. */
export function weakenProblems(weaken: Weaken): { propertyPath: string; reason: string }[] {
    return given(weaken)
        .filter(([, reason]) => reason.trim().split(/\s+/).length < 3)
        .map(([name, reason]) => ({
            propertyPath: `weaken.${name}`,
            reason: `"${reason}" is no reason (what weakens a default is explained in a sentence); write why it must be`,
        }));
}
