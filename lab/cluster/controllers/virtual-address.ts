import type { KubeObject } from "../../kube/client";
import { pause } from "../../pause";

/** Where an address answers, as far as a controller has a hand in it. */
export interface Doors {
    open(address: string): Promise<void>;
    close(address: string): Promise<void>;
}

export interface VirtualAddressOptions {
    readonly doors: Doors;
    /**
     * Since when the machine of a node is on, in milliseconds since 1970; `undefined`: it is off. A pod without power is still
     * called ready for a while, and one of before a power cut until the kubelet has looked at it.
     */
    readonly onSince: (node: string) => number | undefined;
    readonly signal: AbortSignal;
    readonly log: (line: string) => void;
}

export interface KubeVipPod extends KubeObject {
    spec: { nodeName?: string; containers: { env?: { name: string; value?: string }[] }[] };
    status?: {
        conditions?: { type: string; status: string }[];
        containerStatuses?: { state?: { running?: { startedAt?: string } } }[];
    };
}

/** Pods of it, in `kube-system`. */
export const KUBE_VIP = { namespace: "kube-system", labelSelector: "app.kubernetes.io/name=kube-vip" } as const;
const DEFAULT_LEASE_SECONDS = 15;

/** A server that can have the address. */
interface Candidate {
    readonly node: string;
    readonly address: string;
    /** When its container started, in milliseconds since 1970; whole seconds. */
    readonly startedMs: number;
    /** So long the others wait for one that is silent. */
    readonly leaseMs: number;
}

/**
 * What kube-vip's pods do together: one of those that are ready has the address, and when its machine or its pod is
 * gone, the next one takes it as soon as its lease has run out.
 */
export class VirtualAddress {
    private readonly candidates = new Map<string, Candidate>();
    private holder: Candidate | undefined;
    /** The hand-over that is under way. */
    private moving = false;

    constructor(private readonly options: VirtualAddressOptions) {}

    podChanged(pod: KubeVipPod): void {
        const candidate = candidateOf(pod);
        if (candidate) this.candidates.set(pod.metadata.uid ?? "", candidate);
        else this.candidates.delete(pod.metadata.uid ?? "");
        void this.settle();
    }

    podDeleted(pod: KubeVipPod): void {
        this.candidates.delete(pod.metadata.uid ?? "");
        void this.settle();
    }

    /** A machine was switched on or off. */
    async settle(): Promise<void> {
        const { doors, signal, log } = this.options;
        const before = this.holder;
        if (this.moving || (before && this.able().some((one) => isSame(one, before)))) return;
        this.moving = true;
        this.holder = undefined;
        if (before) {
            await doors.close(before.address);
            await pause(before.leaseMs, signal);
        }
        const next = this.able()[0];
        this.moving = false;
        if (signal.aborted || !next) return;
        this.holder = next;
        await doors.open(next.address);
        log(`kube-vip: ${next.node} has ${next.address}`);
        // Much may have happened meanwhile.
        await this.settle();
    }

    private able(): Candidate[] {
        return [...this.candidates.values()].filter(({ node, startedMs }) => {
            const since = this.options.onSince(node);
            return since !== undefined && startedMs + 1000 > since;
        });
    }
}

function isSame(one: Candidate, other: Candidate): boolean {
    return one.node === other.node && one.address === other.address;
}

function candidateOf({ metadata, spec, status }: KubeVipPod): Candidate | undefined {
    const env = new Map(
        spec.containers.flatMap((container) => container.env ?? []).map((one) => [one.name, one.value]),
    );
    const address = env.get("address");
    const ready = status?.conditions?.some((one) => one.type === "Ready" && one.status === "True") ?? false;
    if (!ready || metadata.deletionTimestamp !== undefined || !spec.nodeName || !address) return undefined;
    const leaseMs = Number(env.get("vip_leaseduration") ?? DEFAULT_LEASE_SECONDS) * 1000;
    const startedMs = Date.parse(status?.containerStatuses?.[0]?.state?.running?.startedAt ?? "");
    return { node: spec.nodeName, address, leaseMs, startedMs: Number.isNaN(startedMs) ? 0 : startedMs };
}
