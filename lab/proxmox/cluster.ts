import type { Access } from "./access";
import { failure } from "./api-error";
import type { ClusterFile, VmRecord } from "./cluster-state";
import type { MachinePower } from "./machine-power";
import type { HostDevice } from "./pci";
import type { Storages } from "./storage";
import type { Tasks } from "./tasks";

/** A Proxmox host of the emulated cluster. */
export interface HostDefinition {
    readonly name: string;
    /** Address of its API and of its SSH server. */
    readonly address: string;
    /** Port of the API, 8006 on a real host; 0 lets the system choose. */
    readonly apiPort: number;
    /** Port of the SSH server; 0 lets the system choose. */
    readonly sshPort: number;
    /** The GPU that can be passed through. */
    readonly gpu?: HostDevice;
    /** Default 16 cores and 64 GiB. */
    readonly cores?: number;
    readonly memoryGiB?: number;
}

/** What the routes work on: one shared state, whichever host a client asks. */
export interface Cluster {
    readonly file: ClusterFile;
    readonly access: Access;
    readonly tasks: Tasks;
    readonly storages: Storages;
    readonly power: MachinePower;
    readonly hosts: readonly HostDefinition[];
    /** Milliseconds since 1970. */
    readonly startedAtMs: number;
}

/** @throws ApiError 500 in the words of a host that cannot resolve the name. */
export function hostNamed(cluster: Pick<Cluster, "hosts">, name: string): HostDefinition {
    const host = cluster.hosts.find((candidate) => candidate.name === name);
    if (!host)
        throw failure(
            `hostname lookup '${name}' failed - failed to get address info for: ${name}: Name or service not known`,
        );
    return host;
}

/** @throws ApiError 500 when the host has no such machine. */
export function vmOn(cluster: Cluster, host: string, vmId: string): VmRecord {
    const vm = cluster.file.state.vms[vmId];
    if (vm?.host !== host) throw failure(`Configuration file 'nodes/${host}/qemu-server/${vmId}.conf' does not exist`);
    return vm;
}
