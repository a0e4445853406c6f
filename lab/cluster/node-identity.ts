import type { MachineSpec } from "./body";
import type { K3sConfig } from "./boot/k3s-config";
import { reservedOf } from "./boot/k3s-files";

/** What a node says of itself when it registers. */
export interface NodeIdentity {
    readonly name: string;
    readonly address: string;
    readonly architecture: "amd64" | "arm64";
    readonly labels: Readonly<Record<string, string>>;
    readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
    readonly cores: number;
    readonly memoryMiB: number;
    readonly diskGiB: number;
    /** What the kubelet keeps from pods altogether. */
    readonly reserved: { readonly milliCpu: number; readonly memoryMiB: number };
    /** `v1.36.3+k3s1` */
    readonly version: string;
}

const SERVER_LABELS = { "node-role.kubernetes.io/control-plane": "true", "node-role.kubernetes.io/etcd": "true" };

/** What the node of a machine says. @param name of the node @param address of it */
export function identityOf(name: string, address: string, machine: MachineSpec, config: K3sConfig): NodeIdentity {
    return {
        name,
        address,
        architecture: "amd64",
        labels: { ...config.labels, ...(config.role === "server" ? SERVER_LABELS : {}) },
        taints: config.taints,
        cores: machine.cores,
        memoryMiB: machine.memoryMiB,
        diskGiB: machine.diskGiB,
        reserved: reservedOf(config.kubelet),
        version: config.version,
    };
}
