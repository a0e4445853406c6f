/** A physical Proxmox server. */
export interface Host {
    readonly name: string;
    readonly address: string;
    readonly sshPort: number;
    /** Datastore of images and snippets, and of disks. */
    readonly datastores: { readonly files: string; readonly disks: string };
    readonly gpu: HostGpu | undefined;
}

/** A GPU of a host, as `pvesh get /nodes/<host>/hardware/pci` shows it. */
export interface HostGpu {
    /** Word of the node label `homelab/gpu`, for example `intel-uhd-630`. */
    readonly model: string;
    /** PCI address with domain, `0000:00:02.0`. */
    readonly path: string;
    /** `vendor:device`, lower case hexadecimal without `0x`. */
    readonly id: string;
    readonly subsystemId: string;
    readonly iommuGroup: number;
}

export type MachineRole = "server" | "agent";

/** A virtual machine, which is also one Kubernetes node of the same name. */
export interface Machine {
    readonly name: string;
    readonly role: MachineRole;
    readonly host: Host;
    readonly vmId: number;
    readonly address: string;
    readonly cores: number;
    readonly memoryMiB: number;
    readonly diskGiB: number;
    /** Set where the host's GPU is passed through to this machine. */
    readonly gpu: { readonly model: string; readonly mapping: string } | undefined;
    /** Whether the node can mount NFS; decides the label `homelab/nfs=true`. */
    readonly nfs: boolean;
    /** Node labels from the first boot: zone, `homelab/nfs`, `homelab/gpu`. */
    readonly labels: Readonly<Record<string, string>>;
    readonly taints: readonly string[];
}

/** A node that somebody else runs and joins to the cluster; nothing is created for it. */
export interface JoinedNode {
    readonly name: string;
    readonly architecture: "amd64" | "arm64";
    readonly labels: Readonly<Record<string, string>>;
}

/** A PCI resource mapping over all hosts that have the GPU. */
export interface GpuMapping {
    /** Name of the mapping in Proxmox, for example `igpu-intel-uhd-630`. */
    readonly name: string;
    readonly model: string;
    readonly entries: readonly { readonly host: string; readonly gpu: HostGpu }[];
}

/** The house, planned: everything that follows from the configuration alone. */
export interface Inventory {
    readonly hosts: readonly Host[];
    readonly servers: readonly Machine[];
    readonly agents: readonly Machine[];
    readonly joined: readonly JoinedNode[];
    readonly gpuMappings: readonly GpuMapping[];
}
