import type { types } from "@pulumi/kubernetes";
import type { Labels } from "./identity";
import type { Weaken } from "./weaken";

/** Label with the physical host of a node. Two machines on one host fail together, so this is the failure domain. */
export const HOST_LABEL = "topology.kubernetes.io/zone";
export const NFS_LABEL = "homelab/nfs";
export const GPU_LABEL = "homelab/gpu";

/** What a pod needs from its node. */
export interface Requires {
    /** A GPU: `any` model, or one of some by the words of their label. */
    readonly gpu?: "any" | { readonly models: readonly string[] };
    /** One node by its name: for what proves something of that node, never for what should survive it. */
    readonly node?: string;
    /** An NFS client on the node; follows by itself from a mounted volume of the NAS. */
    readonly nfs?: boolean;
    /** Whether nodes that somebody else runs will do as well, which have a taint against everything else. Default: no. */
    readonly joined?: boolean;
    /** Processor architectures that the image exists for; default: all. */
    readonly architectures?: readonly ("amd64" | "arm64")[];
}

/**
 * How replicas are spread over physical hosts.
 * `one-per-host`: at most one on each; more replicas than hosts stay Pending.
 * `evenly`: the numbers on any two hosts differ by one at most.
 */
export type Spread = "one-per-host" | "evenly";

type Expression = types.input.core.v1.NodeSelectorRequirement;

function nodeExpressions(requires: Requires, weaken: Weaken): Expression[] {
    const expressions: Expression[] = [];
    if (weaken["any-node"] === undefined) {
        // A node without the label was joined by hand: nothing is known about it, and required spreading ignores it.
        expressions.push({ key: HOST_LABEL, operator: "Exists" });
    }
    if (requires.gpu === "any") {
        expressions.push({ key: GPU_LABEL, operator: "Exists" });
    } else if (requires.gpu !== undefined) {
        expressions.push({ key: GPU_LABEL, operator: "In", values: [...requires.gpu.models] });
    }
    if (requires.nfs === true) {
        expressions.push({ key: NFS_LABEL, operator: "In", values: ["true"] });
    }
    if (requires.node !== undefined) {
        expressions.push({ key: "kubernetes.io/hostname", operator: "In", values: [requires.node] });
    }
    if (requires.architectures !== undefined) {
        expressions.push({ key: "kubernetes.io/arch", operator: "In", values: [...requires.architectures] });
    }
    return expressions;
}

/** Spreading is required, never preferred: two replicas on one host are one replica. */
function spreadSpec(
    spread: Spread,
    selector: Labels,
): Pick<types.input.core.v1.PodSpec, "topologySpreadConstraints"> & {
    podAntiAffinity?: types.input.core.v1.PodAntiAffinity;
} {
    switch (spread) {
        case "one-per-host":
            return {
                podAntiAffinity: {
                    requiredDuringSchedulingIgnoredDuringExecution: [
                        { labelSelector: { matchLabels: selector }, topologyKey: HOST_LABEL },
                    ],
                },
            };
        case "evenly":
            return {
                topologySpreadConstraints: [
                    {
                        maxSkew: 1,
                        topologyKey: HOST_LABEL,
                        whenUnsatisfiable: "DoNotSchedule",
                        // A host where the pods may not go counts as one without them, and would hold the others back.
                        nodeTaintsPolicy: "Honor",
                        labelSelector: { matchLabels: selector },
                    },
                ],
            };
    }
}

/**
 * Node affinity and spreading.
 * @param spread `undefined` where there is nothing to spread: one replica, one pod a node, or a job.
 */
export function placementSpec(
    requires: Requires,
    spread: Spread | undefined,
    selector: Labels,
    weaken: Weaken,
): Pick<types.input.core.v1.PodSpec, "affinity" | "topologySpreadConstraints"> {
    const matchExpressions = nodeExpressions(requires, weaken);
    const nodeAffinity =
        matchExpressions.length === 0
            ? {}
            : {
                  nodeAffinity: {
                      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
                  },
              };
    const wanted = spread === undefined || weaken["shared-host"] !== undefined ? undefined : spread;
    const { podAntiAffinity, ...constraints } = wanted === undefined ? {} : spreadSpec(wanted, selector);
    const affinity = { ...nodeAffinity, ...(podAntiAffinity === undefined ? {} : { podAntiAffinity }) };
    return { ...(Object.keys(affinity).length === 0 ? {} : { affinity }), ...constraints };
}

/** Seconds a pod stays bound to a node that does not answer; Kubernetes' default is 300, five minutes of outage. */
const EVICTION_SECONDS = 30;

/** Taint of nodes that somebody else runs and has joined. */
const JOINED_TAINT = "homelab/joined";

export function joinedToleration(requires: Requires | undefined): types.input.core.v1.Toleration[] {
    return requires?.joined === true ? [{ key: JOINED_TAINT, operator: "Exists", effect: "NoSchedule" }] : [];
}

/** @param seconds so long a pod stays bound to a node that is lost */
export function fastEviction(seconds = EVICTION_SECONDS): types.input.core.v1.Toleration[] {
    return ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].map((key) => ({
        key,
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: seconds,
    }));
}
