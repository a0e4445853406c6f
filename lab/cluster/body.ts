/** A virtual machine as the emulated Proxmox hands it over when its power is switched on. */
export interface MachineSpec {
    readonly vmId: number;
    readonly name: string;
    /** Name of the Proxmox host it runs on. */
    readonly host: string;
    readonly cores: number;
    readonly memoryMiB: number;
    readonly diskGiB: number;
    /** Addresses of the network interfaces, in order, from cloud-init's network settings. */
    readonly interfaces: readonly { readonly mac: string; readonly address: string; readonly prefix: number }[];
    /** Devices that the host passed through. */
    readonly pciDevices: readonly { readonly vendorDevice: string; readonly mapping: string }[];
    /** Text of the user-data snippet; `undefined` where the machine was given none. */
    readonly userData: string | undefined;
}

/** How a machine is stopped: like a pulled plug, or with the guest asked to end first. */
export type StopMode = "power-off" | "shutdown";

/** What one machine is made of: a simulated node, or containers in namespaces of its own. */
export interface Body {
    /** Boots; resolves as soon as the power is on (what the guest does then is in its console log). */
    start(): Promise<void>;
    stop(mode: StopMode): Promise<void>;
    /** Interfaces as the guest agent reports them; `undefined` while no agent answers (not installed, not booted yet). */
    guestInterfaces(): readonly { name: string; mac: string; addresses: readonly string[] }[] | undefined;
}

/** Gives a body to each machine; the emulated Proxmox knows no other way to switch one on. */
export interface BodyFactory {
    readonly kind: "simulated" | "real";
    /** @param console writes one line to the machine's console log. */
    create(machine: MachineSpec, console: (line: string) => void): Body;
    /** The machine was deleted and its disks with it: forget what they held. */
    discard?(machine: { readonly vmId: number; readonly name: string }): Promise<void>;
}
