import type { ClassSpec } from "./made-class";

/**
 * What a block volume is for.
 * `database`: written all the time, cannot be made again. `config`: small, seldom written, cannot be made again.
 * `scratch`: can be made again at any time, such as caches and running transcodes.
 */
export const blockPurposes = ["database", "config", "scratch"] as const;

export type BlockPurpose = (typeof blockPurposes)[number];

/** Label of a class, with its purpose. */
export const PURPOSE_LABEL = "homelab/purpose";

/** Name of the CSI driver, in classes. */
const LONGHORN_DRIVER = "driver.longhorn.io";

/** More copies of what can be made again cost writes and disk, fewer tie a pod to one host and hold up its drain. */
const MOST_SCRATCH_COPIES = 2;

interface Traits {
    /** Whether one copy follows the pod to its node: reads stay local, and each move of the pod copies the volume. */
    readonly follows: boolean;
    /** What becomes of a volume whose claim was deleted. */
    readonly reclaimPolicy: "Retain" | "Delete";
    /** @param replicas copies that the house asks for */
    readonly copies: (replicas: number) => number;
}

const traits: Readonly<Record<BlockPurpose, Traits>> = {
    database: { follows: true, reclaimPolicy: "Retain", copies: (replicas) => replicas },
    config: { follows: false, reclaimPolicy: "Retain", copies: (replicas) => replicas },
    scratch: {
        follows: true,
        reclaimPolicy: "Delete",
        copies: (replicas) => Math.min(replicas, MOST_SCRATCH_COPIES),
    },
};

/**
 * The class of a purpose, `block-<purpose>`. Its volumes belong to the group of recurring jobs of the same name; a volume
 * that names no group would be given Longhorn's `default`.
 */
export function purposeClass(purpose: BlockPurpose, replicas: number): ClassSpec {
    const { follows, reclaimPolicy, copies } = traits[purpose];
    const selector = JSON.stringify([{ name: purpose, isGroup: true }]);
    return longhornClass(`block-${purpose}`, reclaimPolicy, {
        labels: { [PURPOSE_LABEL]: purpose },
        parameters: {
            numberOfReplicas: String(copies(replicas)),
            dataLocality: follows ? "best-effort" : "disabled",
            recurringJobSelector: selector,
        },
    });
}

/**
 * The class `block-replicated`, of no purpose. A claim's class cannot be changed, and a volume grows only while its class
 * is there: so it stays for claims that have it. Longhorn's jobs of the group `default` would run for its volumes.
 */
export function generalClass(replicas: number): ClassSpec {
    return longhornClass("block-replicated", "Retain", {
        labels: {},
        parameters: { numberOfReplicas: String(replicas), dataLocality: "best-effort" },
    });
}

/** All parameters are texts; a change replaces the class and concerns new volumes only. */
function longhornClass(
    name: string,
    reclaimPolicy: Traits["reclaimPolicy"],
    own: { readonly labels: Record<string, string>; readonly parameters: Record<string, string> },
): ClassSpec {
    return {
        metadata: {
            name,
            labels: {
                "app.kubernetes.io/part-of": "storage",
                "app.kubernetes.io/managed-by": "pulumi",
                ...own.labels,
            },
        },
        provisioner: LONGHORN_DRIVER,
        reclaimPolicy,
        volumeBindingMode: "Immediate",
        allowVolumeExpansion: true,
        // A copy that failed half an hour ago is given up instead of being mended.
        parameters: { staleReplicaTimeout: "30", fsType: "ext4", ...own.parameters },
    };
}
