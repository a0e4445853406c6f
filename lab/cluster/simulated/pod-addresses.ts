import { setTimeout as sleep } from "node:timers/promises";
import type { KubeClient, KubeObject } from "../../kube/client";
import type { Pod } from "./pod";

const RETRY_MS = 200;

/** Addresses of a node's pods, out of the range that Kubernetes gave to the node. */
export class PodAddresses {
    private prefix: string | undefined;
    private readonly taken = new Set<string>();
    private next = 2;

    constructor(
        private readonly client: KubeClient,
        private readonly nodeName: string,
        private readonly stopped: AbortSignal,
    ) {}

    /** Waits until the node has a range: before that no pod has a network. */
    async take(): Promise<string> {
        this.prefix ??= await this.range();
        for (;;) {
            const candidate = `${this.prefix}.${this.next}`;
            this.next = this.next >= 254 ? 2 : this.next + 1;
            if (this.taken.has(candidate)) continue;
            this.taken.add(candidate);
            return candidate;
        }
    }

    release(address: string): void {
        this.taken.delete(address);
    }

    private async range(): Promise<string> {
        // Pods of the time before the last power off keep theirs.
        const { items } = await this.client.get<{ items: Pod[] }>("/api/v1/pods", {
            query: { fieldSelector: `spec.nodeName=${this.nodeName}` },
        });
        for (const pod of items) if (pod.status?.podIP) this.taken.add(pod.status.podIP);
        for (;;) {
            const node = await this.client.get<KubeObject & { spec: { podCIDR?: string } }>(
                `/api/v1/nodes/${this.nodeName}`,
            );
            if (node.spec.podCIDR) return node.spec.podCIDR.replace(/\.\d+\/\d+$/, "");
            await sleep(RETRY_MS, undefined, { signal: this.stopped });
        }
    }
}
