import { KubeError, type KubeClient } from "../../kube/client";
import { follow } from "../../kube/follow";
import { isNodeReady, renewLease, registerNode, writeCsiNode } from "./node";
import type { NodeIdentity } from "../node-identity";
import { findObstacles } from "./obstacles";
import { NodePlugins } from "./plugins";
import type { Pod } from "./pod";
import { PodAddresses } from "./pod-addresses";
import { nextStep, type PodStep } from "./pod-state";

export interface KubeletOptions {
    readonly client: KubeClient;
    readonly identity: NodeIdentity;
    readonly nfsClient: boolean;
    /** `vendor:device` of each device that was passed through. */
    readonly pciDevices: readonly string[];
    /** Milliseconds between heartbeats; default 10,000. */
    readonly heartbeatMs?: number;
    readonly console: (line: string) => void;
}

const HEARTBEAT_MS = 10_000;
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
    private readonly addresses: PodAddresses;
    private plugins: NodePlugins | undefined;
    private lease: NodeJS.Timeout | undefined;

    constructor(private readonly options: KubeletOptions) {
        this.addresses = new PodAddresses(options.client, options.identity.name, this.stopped.signal);
    }

    /** Resolves once the node is registered; the rest goes on until `stop`. */
    async start(): Promise<void> {
        const { client, identity } = this.options;
        const devices = await registerNode(client, identity);
        this.plugins = new NodePlugins(client, identity, this.options.pciDevices, devices);
        await renewLease(client, identity.name);
        await writeCsiNode(client, identity.name, []);
        // The power may have gone meanwhile.
        if (this.stopped.signal.aborted) return;
        this.lease = setInterval(() => void this.quietly(() => this.beat()), this.options.heartbeatMs ?? HEARTBEAT_MS);
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
        const { identity } = this.options;
        const uid = pod.metadata.uid ?? "";
        const known = this.pods.get(uid);
        const tracked: Tracked = known ?? {
            pod,
            seenAt: Date.now(),
            deletionSeenAt: undefined,
            podIP: pod.status?.podIP ?? (pod.spec.hostNetwork ? identity.address : await this.addresses.take()),
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
        const tracked = this.pods.get(uid);
        clearTimeout(tracked?.timer);
        this.pods.delete(uid);
        if (tracked) this.addresses.release(tracked.podIP);
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
            podIP: tracked.podIP,
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
        return { nodeName: identity.name, nfsClient, csiDrivers: this.plugins?.csiDrivers ?? new Set<string>() };
    }

    /** After a time without heartbeats Kubernetes takes the node for lost, until its kubelet says otherwise. */
    private async beat(): Promise<void> {
        const { client, identity } = this.options;
        await renewLease(client, identity.name);
        if (!this.stopped.signal.aborted && !(await isNodeReady(client, identity.name))) await this.plugins?.report();
    }

    private notePlugins(): Promise<void> {
        return this.plugins?.note(() => [...this.pods.values()].map(({ pod }) => pod)) ?? Promise.resolve();
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
