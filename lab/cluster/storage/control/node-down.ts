import { KubeError, type KubeClient } from "../../../kube/client";
import { DRIVERS, isReady } from "../annotations";
import { readLonghornSettings, type NodeDownPolicy } from "./longhorn-settings";
import { listOf, PATHS, type Attachment, type Claim, type Node, type Pod, type Volume } from "./objects";

/**
 * Longhorn's answer to a node that is down, where its setting `node-down-pod-deletion-policy` asks for one: Kubernetes leaves
 * a terminating pod of such a node where it is for ever, for it may still write. Longhorn first takes the pod's volumes
 * off the node by deleting their VolumeAttachments, and once these are gone deletes the pod by force; a new one then gets
 * the volumes without the 6 minutes that Kubernetes waits before it detaches from a node that does not answer
 * (`longhorn/longhorn-manager:controller/kubernetes_pod_controller.go`, handlePodDeletionIfNodeDown). What Kubernetes
 * itself remembers of the old attachment it compares with the objects once a minute, so the move takes up to that long.
 */
export class NodeDown {
    private readonly terminating = new Map<string, Pod>();

    /** @param active whether Longhorn itself runs. */
    constructor(
        private readonly client: KubeClient,
        private readonly active: () => boolean,
        private readonly log: (line: string) => void,
    ) {}

    /** Whether pods are on their way out: some of them may be on a node that is down. */
    get waits(): boolean {
        return this.terminating.size > 0;
    }

    note(pod: Pod): void {
        const uid = pod.metadata.uid ?? "";
        const leaves = pod.metadata.deletionTimestamp !== undefined && pod.spec.nodeName !== undefined;
        if (leaves && owner(pod) !== undefined) this.terminating.set(uid, pod);
        else this.terminating.delete(uid);
    }

    gone(pod: Pod): void {
        this.terminating.delete(pod.metadata.uid ?? "");
    }

    /** Looks at the pods that are on their way out; to be called again and again while there are some. */
    async check(): Promise<void> {
        if (!this.waits || !this.active()) return;
        const { nodeDownPodDeletionPolicy: policy } = await readLonghornSettings(this.client);
        for (const pod of [...this.terminating.values()]) {
            if (!covers(policy, pod)) continue;
            const node = await this.client.find<Node>(`${PATHS.nodes}/${pod.spec.nodeName ?? ""}`);
            if (node && isReady(node)) continue;
            await this.free(pod);
        }
    }

    private async free(pod: Pod): Promise<void> {
        const { name = "", namespace = "", uid, deletionTimestamp = "" } = pod.metadata;
        const volumes = await this.longhornVolumes(pod);
        if (volumes.size === 0) return;
        const attachments = (await listOf<Attachment>(this.client, PATHS.attachments)).filter(
            ({ spec }) =>
                spec.nodeName === pod.spec.nodeName &&
                spec.attacher === DRIVERS.longhorn &&
                volumes.has(spec.source.persistentVolumeName ?? ""),
        );
        for (const { metadata } of attachments) {
            if (metadata.deletionTimestamp !== undefined) continue;
            this.log(
                `longhorn: deleted volume attachment ${metadata.name ?? ""} for pod ${name} on downed node ${pod.spec.nodeName ?? ""}`,
            );
            await this.quietly(() => this.client.request("DELETE", `${PATHS.attachments}/${metadata.name ?? ""}`));
        }
        // The time in the object is the end of the pod's own grace.
        if (attachments.length > 0 || Date.parse(deletionTimestamp) > Date.now()) return;
        await this.quietly(() =>
            this.client.request("DELETE", `/api/v1/namespaces/${namespace}/pods/${name}`, {
                body: { gracePeriodSeconds: 0, preconditions: { uid } },
            }),
        );
        this.log(`longhorn: forcefully deleted pod ${name} on downed node ${pod.spec.nodeName ?? ""}`);
    }

    private async longhornVolumes(pod: Pod): Promise<Set<string>> {
        const names = new Set<string>();
        for (const { persistentVolumeClaim } of pod.spec.volumes ?? []) {
            if (!persistentVolumeClaim) continue;
            const path = `/api/v1/namespaces/${pod.metadata.namespace ?? ""}/persistentvolumeclaims`;
            const claim = await this.client.find<Claim>(`${path}/${persistentVolumeClaim.claimName}`);
            if (!claim?.spec.volumeName) continue;
            const volume = await this.client.find<Volume>(`${PATHS.volumes}/${claim.spec.volumeName}`);
            if (volume?.spec.csi?.driver === DRIVERS.longhorn) names.add(claim.spec.volumeName);
        }
        return names;
    }

    /** Whoever was faster did the same. */
    private async quietly(action: () => Promise<unknown>): Promise<void> {
        try {
            await action();
        } catch (error) {
            if (!(error instanceof KubeError && (error.status === 404 || error.status === 409))) throw error;
        }
    }
}

function covers(policy: NodeDownPolicy, pod: Pod): boolean {
    switch (policy) {
        case "do-nothing":
            return false;
        case "delete-statefulset-pod":
            return owner(pod) === "StatefulSet";
        case "delete-deployment-pod":
            return owner(pod) === "ReplicaSet";
        case "delete-both-statefulset-and-deployment-pod":
            return owner(pod) !== undefined;
    }
}

/** A Deployment's pods are owned by its ReplicaSet. */
function owner(pod: Pod): "StatefulSet" | "ReplicaSet" | undefined {
    const kinds = (pod.metadata.ownerReferences ?? []).map(({ kind }) => kind);
    return kinds.includes("StatefulSet") ? "StatefulSet" : kinds.includes("ReplicaSet") ? "ReplicaSet" : undefined;
}
