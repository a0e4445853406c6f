import type { LabPaths } from "../../paths";
import type { K3sConfig } from "../boot/k3s-config";

/** Programs that make up a control plane, as absolute paths. */
export interface ControlPlaneTools {
    readonly etcd: string;
    readonly "kube-apiserver": string;
    readonly "kube-controller-manager": string;
    readonly "kube-scheduler": string;
}

export interface ControlPlaneOptions {
    readonly paths: LabPaths;
    readonly tools: ControlPlaneTools;
    readonly site: ControlPlaneSite;
    /** The first server's own address. */
    readonly address: string;
    readonly config: K3sConfig;
    /** Seconds without a heartbeat until a node counts as lost; Kubernetes' default is 50. */
    readonly nodeGraceSeconds?: number;
    readonly console: (line: string) => void;
}

export const API_PORT = 6443;

/**
 * An address of the lab's own, at which it always reaches the control plane: those of the house come and go with the
 * machines. @param slot of the lab
 */
export function homeAddress(slot: number): string {
    return `127.${slot}.0.6`;
}

/** Where the control plane's processes run and listen. */
export interface ControlPlaneSite {
    /** {@link homeAddress} */
    readonly home: string;
    /** How a program is started there. */
    place(command: string, args: readonly string[]): { readonly command: string; readonly args: readonly string[] };
    /** Address at which the processes listen to each other. */
    readonly inner: string;
    /** Address at which the API server listens. */
    readonly apiListen: string;
    /**
     * Address under which pods reach the API server; `undefined` where none can: Endpoints refuse loopback addresses.
     */
    readonly advertised: string | undefined;
    /** Lets an address answer for the API server. @returns how that is taken back @throws Error when it is taken */
    publish(address: string, port: number): Promise<() => Promise<void>>;
}
