import type { KubeClient } from "../../kube/client";
import { follow } from "../../kube/follow";
import { reasonOf } from "../../reason";
import { DevicePlugin } from "../devices/device-plugin";
import { offeredDevices, type OfferedDevices } from "../devices/offered";
import { PLUGIN_ANNOTATIONS } from "../simulated/plugins";
import { DRIVERS, isReady } from "../storage/annotations";
import type { Pod } from "../storage/control/objects";
import { startCsiPlugin } from "../storage/node/csi-plugin";
import { LonghornNode } from "../storage/node/longhorn-node";
import { NfsNode } from "../storage/node/nfs-node";
import type { NodeDriver } from "../storage/node/node-driver";
import type { KubeletProtoFiles } from "../storage/socket-server";
import type { RealGuest } from "./guest";

export interface GuestDriversOptions {
    readonly guest: RealGuest;
    readonly client: KubeClient;
    readonly protoFiles: KubeletProtoFiles;
    readonly log: (line: string) => void;
}

interface Running {
    stop(): Promise<void> | void;
}

const MAKERS: Readonly<Record<string, (guest: RealGuest) => NodeDriver>> = {
    [DRIVERS.longhorn]: (guest) => new LonghornNode(guest),
    [DRIVERS.nfs]: (guest) => new NfsNode(guest),
};

/**
 * The drivers of a real machine: each works as long as the chart's own pod on that node is ready, as if it ran in it.
 */
export class GuestDrivers {
    private readonly stopped = new AbortController();
    private readonly pods = new Map<string, Pod>();
    private readonly running = new Map<string, Running>();
    /** Drivers start and stop one after the other. */
    private turn: Promise<void> = Promise.resolve();

    constructor(private readonly options: GuestDriversOptions) {}

    /** Follows the node's pods from now on; to be called once kubelet has made its folders. */
    start(): Promise<void> {
        const { client, guest, log } = this.options;
        void follow<Pod>({
            client,
            path: "/api/v1/pods",
            query: { fieldSelector: `spec.nodeName=${guest.nodeName}` },
            signal: this.stopped.signal,
            changed: (pod) => this.note(pod),
            deleted: (pod) => this.note(pod, true),
            log,
        });
        // The path into a machine that is off may soon be the path into something else.
        guest.power.addEventListener("abort", () => void this.stop(), { once: true });
        return Promise.resolve();
    }

    /** Takes all sockets away; mounts stay. */
    async stop(): Promise<void> {
        this.stopped.abort();
        await this.turn;
        for (const key of [...this.running.keys()]) await this.end(key);
    }

    private note(pod: Pod, gone = false): Promise<void> {
        const annotations = pod.metadata.annotations ?? {};
        const isPlugin =
            annotations[PLUGIN_ANNOTATIONS.csiDriver] !== undefined ||
            annotations[PLUGIN_ANNOTATIONS.deviceResource] !== undefined;
        if (!isPlugin) return Promise.resolve();
        if (gone || !isReady(pod)) this.pods.delete(pod.metadata.uid ?? "");
        else this.pods.set(pod.metadata.uid ?? "", pod);
        this.turn = this.turn.then(() => this.reconcile());
        return this.turn;
    }

    private async reconcile(): Promise<void> {
        const wanted = this.wanted();
        for (const key of [...this.running.keys()]) if (!wanted.has(key)) await this.end(key);
        for (const [key, start] of wanted) {
            if (this.running.has(key) || this.stopped.signal.aborted) continue;
            try {
                this.running.set(key, await start());
            } catch (error) {
                this.options.log(`${key}: it does not start: ${reasonOf(error)}`);
            }
        }
    }

    /** What the ready pods ask for, by a key that tells one from another. */
    private wanted(): Map<string, () => Promise<Running>> {
        const { guest, log } = this.options;
        const wanted = new Map<string, () => Promise<Running>>();
        for (const { metadata } of this.pods.values()) {
            const annotations = metadata.annotations ?? {};
            const driver = annotations[PLUGIN_ANNOTATIONS.csiDriver];
            const make = driver === undefined ? undefined : MAKERS[driver];
            if (make) wanted.set(`csi ${driver ?? ""}`, () => this.startDriver(make(guest)));
            else if (driver !== undefined) log(`${driver}: the lab has no driver of this name`);
            const offered = offeredDevices(annotations, guest.pciDevices);
            if (offered) wanted.set(`devices ${JSON.stringify(offered)}`, () => this.startDevices(offered));
        }
        return wanted;
    }

    private async startDriver(driver: NodeDriver): Promise<Running> {
        const { guest, log, protoFiles } = this.options;
        const plugin = await startCsiPlugin({ guest, driver, protoFiles, log });
        return { stop: () => plugin.close() };
    }

    private startDevices({ resource, devices }: OfferedDevices): Promise<Running> {
        const { guest, log, protoFiles } = this.options;
        const plugin = new DevicePlugin({ guest, resource, devices, protoFile: protoFiles.devicePlugin, log });
        plugin.start();
        return Promise.resolve(plugin);
    }

    private async end(key: string): Promise<void> {
        const one = this.running.get(key);
        this.running.delete(key);
        await one?.stop();
    }
}
