/**
 * Addresses of a lab with real machines. The house's configuration names loopback addresses (`127.<slot>.x.y`), which
 * kubelets and EndpointSlices refuse; on the lab's own network the same machine is `192.168.x.y`.
 */

/** The network of all machines, in the lab's own namespace; the third number stands for the VLAN. */
export const LAN = {
    /** The lab's end of it: router of all machines and home of the control plane. */
    address: "192.168.0.1",
    prefix: 16,
} as const;

/** `127.3.20.31` is `192.168.20.31`; another address stays as it is. */
export function lanAddress(address: string): string {
    return address.replace(/^127\.\d+\./, "192.168.");
}

/** The way back: where a person on the machine that runs the lab finds an address of its network. */
export function hostAddress(address: string, slot: number): string {
    return address.replace(/^192\.168\./, `127.${slot}.`);
}

/** Where somebody listens or is reached. */
export interface Endpoint {
    readonly address: string;
    readonly port: number;
}
