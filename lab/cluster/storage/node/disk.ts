import type { KubeClient } from "../../../kube/client";
import { NODE_DISK_ANNOTATION } from "../annotations";

/**
 * Writes the size of a machine's disk on its node, for Longhorn's stand-in to count with: kubelet takes the disk of the
 * computer that runs the lab for the machine's.
 */
export async function announceDisk(client: KubeClient, nodeName: string, diskGiB: number): Promise<void> {
    await client.request("PATCH", `/api/v1/nodes/${nodeName}`, {
        contentType: "application/merge-patch+json",
        body: { metadata: { annotations: { [NODE_DISK_ANNOTATION]: `${diskGiB}Gi` } } },
    });
}
