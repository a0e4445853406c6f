import { KubeError, type KubeClient, type KubeObject } from "../../kube/client";
import { follow } from "../../kube/follow";
import { renewLease, registerNode, writeCsiNode, writeNodeStatus, type NodeIdentity } from "./node";
import { findObstacles } from "./obstacles";
import type { Pod } from "./pod";
import { nextStep, type PodStep } from "./pod-state";

/** Marks the pods of a chart stand-in that give their node something. */
export const PLUGIN_ANNOTATIONS = {
    /** Name of the CSI driver whose node plugin the pod is. */
    csiDriver: "lab.homelab/csi-driver",
    /** Extended resource that the device plugin offers, for example `gpu.intel.com/i915`. */
    deviceResource: "lab.homelab/device-resource",
    /** PCI vendor of the devices that it finds. */
    deviceVendor: "lab.homelab/device-vendor",
    /** How many pods may share one device; default 1. */
    deviceShare: "lab.homelab/device-share",
} as const;

export interface KubeletOptions {
    readonly client: KubeClient;
    readonly identity: NodeIdentity;
    readonly nfsClient: boolean;
    /** `vendor:device` of each device that was passed through. */
    readonly pciDevices: readonly string[];
    readonly console: (line: string) => void;
}

const LEASE_INTERVAL_MS = 10_000;
const RETRY_MS = 1_000;

interface Tracked {
    pod: Pod;
    readonly seenAt: number;
    deletionSeenAt: number | undefined;
    readonly podIP: string;
    lastEvent: string | undefined;
    timer: NodeJS.Timeout | undefined;
    busy: boolean;
}

/** The node agent of a simulated machine: it registers the node and lives the lives of its pods, without containers. */
export class SimulatedKubelet {
    private readonly stopped = new AbortController();
    private readonly pods = new Map<string, Tracked>();
    private readonly csiDrivers = new Set<string>();
    private devices: Record<string, string> = {};
    private podPrefix: string | undefined;
    private nextAddress = 2;
    private lease: NodeJS.Timeout | undefined;

    constructor(private readonly options: KubeletOptions) {}

    /** Resolves once the node is registered; the rest goes on until `stop`. */
    async start(): Promise<void> {
        const { client, identity } = this.options;
        await registerNode(client, identity);
        await renewLease(client, identity.name);
        await writeCsiNode(client, identity.name, []);
        this.lease = setInterval(() => void this.quietly(() => renewLease(client, identity.name)), LEASE_INTERVAL_MS);
        void follow<Pod>({
            client,
            path: "/api/v1/pods",
            query: { fieldSelector: `spec.nodeName=${identity.name}` },
            signal: this.stopped.signal,
            changed: (pod) => this.observe(pod),
            deleted: (pod) => this.forget(pod.metadata.uid ?? ""),
            log: (line) => this.options.console(`kubelet: ${line}`),
        });
    }

    /** Everything ends at once, as when the power goes. */
    stop(): void {
        this.stopped.abort();
        clearInterval(this.lease);
        for (const tracked of this.pods.values()) clearTimeout(tracked.timer);
        this.pods.clear();
    }

    private async observe(pod: Pod): Promise<void> {
        const uid = pod.metadata.uid ?? "";
        const known = this.pods.get(uid);
        const tracked: Tracked = known ?? {
            pod,
            seenAt: Date.now(),
            deletionSeenAt: undefined,
            podIP: pod.status?.podIP ?? (await this.address(pod)),
            lastEvent: undefined,
            timer: undefined,
            busy: false,
        };
        tracked.pod = pod;
        if (pod.metadata.deletionTimestamp !== undefined) tracked.deletionSeenAt ??= Date.now();
        this.pods.set(uid, tracked);
        await this.notePlugins();
        this.schedule(uid, tracked, 0);
    }

    private forget(uid: string): void {
        clearTimeout(this.pods.get(uid)?.timer);
        this.pods.delete(uid);
        void this.quietly(() => this.notePlugins());
    }

    private schedule(uid: string, tracked: Tracked, delayMs: number): void {
        if (tracked.busy || this.stopped.signal.aborted) return;
        clearTimeout(tracked.timer);
        tracked.timer = setTimeout(() => void this.advance(uid, tracked), delayMs);
    }

    private async advance(uid: string, tracked: Tracked): Promise<void> {
        tracked.busy = true;
        let again: number | undefined;
        try {
            again = await this.step(tracked);
        } catch (error) {
            // A conflict or a pod that is gone: the watch brings the newer state.
            const gone = error instanceof KubeError && (error.status === 404 || error.status === 409);
            again = gone ? undefined : RETRY_MS;
        } finally {
            tracked.busy = false;
        }
        if (again !== undefined && this.pods.has(uid)) this.schedule(uid, tracked, again);
    }

    private async step(tracked: Tracked): Promise<number | undefined> {
        const { client, identity } = this.options;
        const { pod } = tracked;
        const starting = pod.metadata.deletionTimestamp === undefined && (pod.status?.phase ?? "Pending") === "Pending";
        const step: PodStep = nextStep(pod, {
            now: Date.now(),
            seenAt: tracked.seenAt,
            deletionSeenAt: tracked.deletionSeenAt,
            hostIP: identity.address,
            podIP: pod.spec.hostNetwork ? identity.address : tracked.podIP,
            obstacles: starting ? await findObstacles(client, pod, this.abilities()) : [],
        });
        const path = `/api/v1/namespaces/${pod.metadata.namespace ?? "default"}/pods/${pod.metadata.name ?? ""}`;
        if (step.remove) {
            await client.request("DELETE", path, {
                body: { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } },
            });
            return undefined;
        }
        if (step.event && tracked.lastEvent !== step.event.message) {
            tracked.lastEvent = step.event.message;
            await this.record(pod, step.event);
        }
        if (step.status && JSON.stringify(step.status) !== JSON.stringify(pod.status)) {
            const body = { metadata: { uid: pod.metadata.uid }, status: step.status };
            tracked.pod = await client.request<Pod>("PATCH", `${path}/status`, {
                contentType: "application/merge-patch+json",
                body,
            });
            await this.notePlugins();
        }
        return step.againMs;
    }

    private abilities() {
        const { identity, nfsClient } = this.options;
        return { nodeName: identity.name, nfsClient, csiDrivers: this.csiDrivers };
    }

    /** Registers what the running plugin pods of this node offer, and takes back what they no longer do. */
    private async notePlugins(): Promise<void> {
        const { client, identity, pciDevices } = this.options;
        const ready = [...this.pods.values()].map(({ pod }) => pod).filter(isReady);
        const annotations = ready.map((pod) => pod.metadata.annotations ?? {});
        const drivers = annotations.flatMap((a) => a[PLUGIN_ANNOTATIONS.csiDriver] ?? []).sort();
        if (drivers.join() !== [...this.csiDrivers].sort().join()) {
            this.csiDrivers.clear();
            for (const driver of drivers) this.csiDrivers.add(driver);
            await writeCsiNode(client, identity.name, drivers);
        }
        const devices: Record<string, string> = Object.fromEntries(
            Object.keys(this.devices).map((name) => [name, "0"]),
        );
        for (const a of annotations) {
            const resource = a[PLUGIN_ANNOTATIONS.deviceResource];
            if (!resource) continue;
            const found = pciDevices.filter((device) =>
                device.startsWith(`${a[PLUGIN_ANNOTATIONS.deviceVendor] ?? ""}:`),
            ).length;
            if (found > 0) devices[resource] = String(found * Number(a[PLUGIN_ANNOTATIONS.deviceShare] ?? "1"));
        }
        if (JSON.stringify(devices) !== JSON.stringify(this.devices)) {
            this.devices = devices;
            await writeNodeStatus(client, identity, devices);
        }
    }

    private async address(pod: Pod): Promise<string> {
        if (pod.spec.hostNetwork) return this.options.identity.address;
        if (this.podPrefix === undefined) {
            const node = await this.options.client.get<KubeObject & { spec: { podCIDR?: string } }>(
                `/api/v1/nodes/${this.options.identity.name}`,
            );
            this.podPrefix = node.spec.podCIDR?.replace(/\.\d+\/\d+$/, "");
        }
        const taken = new Set([...this.pods.values()].map((tracked) => tracked.podIP));
        for (;;) {
            const candidate = `${this.podPrefix ?? "10.42.255"}.${this.nextAddress}`;
            this.nextAddress = this.nextAddress >= 254 ? 2 : this.nextAddress + 1;
            if (!taken.has(candidate)) return candidate;
        }
    }

    private async record(pod: Pod, event: { type: string; reason: string; message: string }): Promise<void> {
        const namespace = pod.metadata.namespace ?? "default";
        const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
        const involvedObject = {
            apiVersion: "v1",
            kind: "Pod",
            namespace,
            name: pod.metadata.name,
            uid: pod.metadata.uid,
        };
        const source = { component: "kubelet", host: this.options.identity.name };
        const metadata = { generateName: `${pod.metadata.name ?? "pod"}.`, namespace };
        await this.quietly(() =>
            this.options.client.request("POST", `/api/v1/namespaces/${namespace}/events`, {
                body: {
                    apiVersion: "v1",
                    kind: "Event",
                    metadata,
                    involvedObject,
                    source,
                    ...event,
                    firstTimestamp: now,
                    lastTimestamp: now,
                    count: 1,
                },
            }),
        );
    }

    /** For what may fail without harm: the next heartbeat or event comes anyway. */
    private async quietly(action: () => Promise<unknown>): Promise<void> {
        try {
            await action();
        } catch (error) {
            if (!this.stopped.signal.aborted)
                this.options.console(`kubelet: ${error instanceof Error ? error.message : String(error)}`);
        }
    }
}

function isReady(pod: Pod): boolean {
    return (
        pod.metadata.deletionTimestamp === undefined &&
        pod.status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") === true
    );
}
