import type { KubeClient } from "../../kube/client";
import type { NodeIdentity } from "../node-identity";
import { writeCsiNode, writeNodeStatus } from "./node";
import type { Pod } from "./pod";

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

/** What the plugin pods of a node give it: CSI drivers and countable devices. */
export class NodePlugins {
    private registered: readonly string[] = [];
    /** Writes happen one after the other, or an older state could win. */
    private turn: Promise<void> = Promise.resolve();

    /** @param devices extended resources that the node has had before, all zero. */
    constructor(
        private readonly client: KubeClient,
        private readonly identity: NodeIdentity,
        private readonly pciDevices: readonly string[],
        private devices: Readonly<Record<string, string>>,
    ) {}

    /** CSI drivers that can mount on this node. */
    get csiDrivers(): ReadonlySet<string> {
        return new Set(this.registered);
    }

    /**
     * Registers what the ready plugin pods offer, and takes back what they no longer do.
     * @param pods gives the node's pods at the time of the writing.
     */
    note(pods: () => readonly Pod[]): Promise<void> {
        const next = this.turn.then(() => this.write(pods().filter(isReady)));
        this.turn = next.catch(() => undefined);
        return next;
    }

    /** Writes the node's whole status anew. */
    report(): Promise<void> {
        const next = this.turn.then(() => writeNodeStatus(this.client, this.identity, this.devices));
        this.turn = next.catch(() => undefined);
        return next;
    }

    private async write(ready: readonly Pod[]): Promise<void> {
        const annotations = ready.map((pod) => pod.metadata.annotations ?? {});
        const drivers = [...new Set(annotations.flatMap((a) => a[PLUGIN_ANNOTATIONS.csiDriver] ?? []))].sort();
        if (drivers.join() !== this.registered.join()) {
            await writeCsiNode(this.client, this.identity.name, drivers);
            this.registered = drivers;
        }
        const devices = this.countDevices(annotations);
        if (JSON.stringify(devices) !== JSON.stringify(this.devices)) {
            await writeNodeStatus(this.client, this.identity, devices);
            this.devices = devices;
        }
    }

    private countDevices(annotations: readonly Record<string, string>[]): Record<string, string> {
        const devices = Object.fromEntries(Object.keys(this.devices).map((name) => [name, "0"]));
        for (const a of annotations) {
            const resource = a[PLUGIN_ANNOTATIONS.deviceResource];
            if (resource === undefined) continue;
            const vendor = `${a[PLUGIN_ANNOTATIONS.deviceVendor] ?? ""}:`;
            const found = this.pciDevices.filter((device) => device.startsWith(vendor)).length;
            if (found > 0) devices[resource] = String(found * Number(a[PLUGIN_ANNOTATIONS.deviceShare] ?? "1"));
        }
        return devices;
    }
}

function isReady(pod: Pod): boolean {
    return (
        pod.metadata.deletionTimestamp === undefined &&
        pod.status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") === true
    );
}
