import type { Finding } from "./score";

/** What kube-score calls critical and stays as it is. */
export interface Accepted {
    readonly rule: string;
    /** What it says, where it says several things by one rule. */
    readonly says?: RegExp;
    /** Objects that it may say it of, as `<kind> <namespace>/<name>`; default: all. */
    readonly of?: RegExp;
    readonly reason: string;
}

/** Each has to be found in some house: what is no longer found needs no reason. */
export const accepted: readonly Accepted[] = [
    {
        rule: "container-image-pull-policy",
        reason: "A tag is one build, and a pod must start while the registry is away.",
    },
    {
        rule: "container-resources",
        says: /^CPU limit is not set$/,
        reason: "A limit throttles a container on a machine that is idle; its request already says what it is sure of.",
    },
    {
        rule: "container-ephemeral-storage-request-and-limit",
        reason: "Roots are read-only and every emptyDir has a size, so that nothing is left that could fill a node's disk.",
    },
    {
        rule: "container-security-context-user-group-id",
        says: /with a low (user|group) ID$/,
        reason: "Files on the NAS and in the images belong to users below 10000, such as 999 and 1000.",
    },
    {
        rule: "pod-probes-identical",
        of: /^(StatefulSet jellyfin\/jellyfin-postgres|Deployment jellyfin\/jellyfin-redis)$/,
        reason: "There is one question worth asking a database, and liveness asks it with more patience.",
    },
    {
        rule: "pod-probes-identical",
        of: /^Deployment jellyfin\/jellyfin-postgres-exporter$/,
        reason: "It has one page that does not ask the database: a database that is away must not end its exporter.",
    },
    {
        rule: "pod-probes-identical",
        of: /^StatefulSet jellyfin\/transcode$/,
        reason: "An sshd that takes connections is all that a worker is, and liveness asks with more patience.",
    },
    {
        rule: "networkpolicy-targets-pod",
        of: /^NetworkPolicy longhorn-system\/longhorn-ui$/,
        reason: "Its pods are made by Longhorn's chart, which the program hands over as a release.",
    },
];

export function isAccepted({ rule, says, of }: Accepted, finding: Finding): boolean {
    return rule === finding.rule && (says?.test(finding.says) ?? true) && (of?.test(finding.object) ?? true);
}
