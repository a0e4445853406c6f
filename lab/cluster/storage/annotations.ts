import type { KubeObject } from "../../kube/client";

/** Marks the pods of a chart stand-in that do a part of a storage driver's work for the whole cluster. */
export const STORAGE_ANNOTATIONS = {
    /** Name of the CSI driver whose volumes the pod provisions and attaches. */
    controller: "lab.homelab/csi-controller",
    /** Name of the CSI driver that may keep replicas on the pod's node. */
    disk: "lab.homelab/csi-disk",
    /** What becomes of a directory whose class says nothing: `delete`, `retain` or `archive`. */
    onDelete: "lab.homelab/csi-on-delete",
} as const;

/** On a node: size of its disk as a quantity, where the node's own `ephemeral-storage` is not that of the machine. */
export const NODE_DISK_ANNOTATION = "lab.homelab/disk";

/** The drivers that the lab stands in for. */
export const DRIVERS = { longhorn: "driver.longhorn.io", nfs: "nfs.csi.k8s.io" } as const;

interface Conditioned extends KubeObject {
    status?: { conditions?: { type: string; status: string }[] };
}

/** Whether the object's condition `Ready` is true and it is not on its way out. */
export function isReady(object: KubeObject): boolean {
    const { metadata, status }: Conditioned = object;
    return (
        metadata.deletionTimestamp === undefined &&
        status?.conditions?.some((one) => one.type === "Ready" && one.status === "True") === true
    );
}
