import type { HostPrep } from "../../../../infra/proxmox/host-prep";
import { aHost } from "../../../support/planned";
import type { HostSandbox } from "./sandbox";

/** An Intel GPU of a host, alone in its IOMMU group. */
export const gpu = {
    model: "intel-uhd-630",
    path: "0000:00:02.0",
    id: "8086:3e92",
    subsystemId: "17aa:3136",
    iommuGroup: 0,
};
const ups = { server: "192.168.30.10", port: 3493, name: "ups", user: "homelab", batteryMinutes: 5 };
/** A host with a GPU, in a house with a UPS. */
export const full: HostPrep = { host: aHost("pve-1", { gpu }), ups, sshUsername: "root" };
/** A host with neither. */
export const plain: HostPrep = { host: aHost("pve-2"), ups: undefined, sshUsername: "root" };

/** A card with sound beside its GPU, behind a bridge, all in one IOMMU group. */
export const cardPrep: HostPrep = {
    host: aHost("pve-1", {
        gpu: { model: "rtx-3060", path: "0000:01:00", id: "10de:2504", subsystemId: "1458:4074", iommuGroup: 12 },
    }),
    ups: undefined,
    sshUsername: "root",
};

/** Puts that card into a host. */
export function putCard(host: HostSandbox): void {
    host.pciDevice("0000:00:01.0", { vendor: "8086", device: "1901", class: "060400" }, 12);
    const board = { subsystem_vendor: "1458", subsystem_device: "4074" };
    host.pciDevice("0000:01:00.0", { vendor: "10de", device: "2504", class: "030000", ...board }, 12);
    host.pciDevice("0000:01:00.1", { vendor: "10de", device: "228e", class: "040300", ...board }, 12);
}

const changing = ["pvesm set", "apt-get", "update-", "proxmox-boot-tool", "systemctl enable", "systemctl restart"];

/** Calls that change the host; the others only ask. */
export function changes(calls: readonly string[]): readonly string[] {
    return calls.filter((call) => changing.some((start) => call.startsWith(start)));
}
