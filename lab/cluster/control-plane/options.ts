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
    /** The first server's own address, at which the API server answers. */
    readonly address: string;
    readonly config: K3sConfig;
    /** Seconds without a heartbeat until a node counts as lost; Kubernetes' default is 50. */
    readonly nodeGraceSeconds?: number;
    readonly console: (line: string) => void;
}

export const API_PORT = 6443;

/** Where the control plane's processes run and listen. */
export interface ControlPlaneSite {
    /** How a program is started there. */
    place(command: string, args: readonly string[]): { readonly command: string; readonly args: readonly string[] };
    /** Address at which the processes listen to each other. @param server the first server's own address */
    inner(server: string): string;
    /** Address at which the API server listens. */
    apiListen(server: string): string;
    /**
     * Address under which pods reach the API server; `undefined` where none can: Endpoints refuse loopback addresses.
     */
    readonly advertised: string | undefined;
    /** The API server listens: lets the house's own address answer for it. @returns how that is taken back. */
    publish(server: string, port: number): Promise<() => Promise<void>>;
}
