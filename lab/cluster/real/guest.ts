import type { K3sConfig } from "../boot/k3s-config";

/** A machine with a real body, switched on: how the lab's own drivers reach into it. */
export interface RealGuest {
    /** Name of its node. */
    readonly nodeName: string;
    /** Name of the Proxmox host it runs on: two machines of one host fail together. */
    readonly host: string;
    /** Packages that its cloud-config installed. */
    readonly packages: ReadonlySet<string>;
    /** Devices that the host passed through. */
    readonly pciDevices: readonly { readonly vendorDevice: string; readonly mapping: string }[];
    readonly config: K3sConfig;
    /** Aborted when the power goes. */
    readonly power: AbortSignal;
    /** A path of the machine, as the lab's processes open it; short, so that sockets can be bound there. */
    path(inGuest: string): string;
    /**
     * Runs a program in the machine, as root. @returns its standard output.
     * @throws Error with the end of its standard error.
     */
    run(command: string, args: readonly string[], input?: string): Promise<string>;
    /** Writes one line to the machine's console log. */
    console(line: string): void;
}

/** Folders of the lab that every machine sees, as paths of the machine. */
export const GUEST_PATHS = {
    /** Disks of block volumes, one file each; `storage/block` of the lab. */
    blockVolumes: "/lab/block",
    /** What the NAS exports, a folder below its address; `storage/nas` of the lab. */
    nas: "/lab/nas",
    /** Images that all machines share, read-only. */
    images: "/lab/images",
} as const;
