import { hasMachines, type ExistingClusterHouse, type HomelabConfig, type MachineHouse } from "./config/schema";
import { gpuVendorOf, type GpuVendor } from "./gpu-vendor";

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
    /** PCI address with domain, `0000:00:02.0`; without the function, `0000:01:00`, it is all functions of a card. */
    readonly path: string;
    /** `vendor:device` of the first function, lower case hexadecimal without `0x`. */
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
    readonly gpu: { readonly model: string; readonly vendor: GpuVendor; readonly mapping: string } | undefined;
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
    /** Keeps everything away that does not ask for such a node: charts' DaemonSets and k3s' own parts know nothing of labels. */
    readonly taints: readonly string[];
}

/** A node of a cluster that was there before the house. */
export interface ExistingNode {
    readonly name: string;
    /** What fails with the node; a node that names nothing fails alone. */
    readonly failureDomain: string;
    readonly architecture: "amd64" | "arm64";
    /** `undefined` where it has none. */
    readonly gpu: { readonly model: string; readonly vendor: GpuVendor } | undefined;
    /** Labels that the house gives to it: zone, `homelab/nfs`, `homelab/gpu`. */
    readonly labels: Readonly<Record<string, string>>;
}

/** A PCI resource mapping over all hosts that have the GPU. */
export interface GpuMapping {
    /** Name of the mapping in Proxmox, for example `igpu-intel-uhd-630`. */
    readonly name: string;
    readonly model: string;
    readonly entries: readonly { readonly host: string; readonly gpu: HostGpu }[];
}

/**
 * The house, planned: everything that follows from the configuration alone. Either there are machines, and `existing` is
 * empty, or there is nothing but `existing`.
 */
export interface Inventory {
    readonly hosts: readonly Host[];
    readonly servers: readonly Machine[];
    readonly agents: readonly Machine[];
    readonly joined: readonly JoinedNode[];
    /** The nodes of the cluster where it was there before. */
    readonly existing: readonly ExistingNode[];
    readonly gpuMappings: readonly GpuMapping[];
}

/** Label of a node's failure domain: the host that its machine runs on. */
export const zoneLabel = "topology.kubernetes.io/zone";
/** Label of a node that can mount NFS. */
export const nfsLabel = "homelab/nfs";
/** Label of a node with a GPU; the value is the GPU's model. */
export const gpuLabel = "homelab/gpu";

/** Label of nodes that somebody else runs. */
export const joinedLabel = "homelab/joined";
/** Taint of joined nodes: only what tolerates it goes there, and then what its labels allow. */
export const joinedTaint = `${joinedLabel}=true:NoSchedule`;

/** Taint of servers as long as there are agents: workloads stay off the control plane. k3s' own parts tolerate it. */
const serverTaint = "node-role.kubernetes.io/control-plane:NoSchedule";

/**
 * Plans the house: which machine runs where, with which sizes, labels and GPU. Pure: the same configuration gives the
 * same inventory, in the order of the file.
 *
 * @param config a checked configuration; what it promises (hosts exist, ids are unique) is not checked again
 * @returns the inventory, frozen
 */
export function planInventory(config: HomelabConfig): Inventory {
    return hasMachines(config) ? planMachines(config) : planExisting(config);
}

/** A node with a GPU. */
export interface GpuNode {
    readonly node: string;
    readonly model: string;
    readonly vendor: GpuVendor;
}

/** The nodes with a GPU: agents, then servers, or those of the cluster that was there before. */
export function gpuNodes({ servers, agents, existing }: Inventory): readonly GpuNode[] {
    return [...agents, ...servers, ...existing].flatMap(({ name, gpu }) =>
        gpu === undefined ? [] : [{ node: name, model: gpu.model, vendor: gpu.vendor }],
    );
}

/**
 * Names of the nodes where volumes of the house may be mounted: prepared for storage, and open to workloads. Joined nodes
 * have a taint, and nothing of the house goes there by itself.
 */
export function storageNodes({ servers, agents, existing }: Inventory): readonly string[] {
    const open = [...agents, ...servers].filter(({ taints }) => taints.length === 0);
    return [...open, ...existing].filter(({ labels }) => labels[nfsLabel] === "true").map(({ name }) => name);
}

function planExisting({ cluster }: ExistingClusterHouse): Inventory {
    const none = Object.freeze([]);
    const existing = Object.freeze(cluster.nodes.map(planExistingNode));
    return Object.freeze({ hosts: none, servers: none, agents: none, joined: none, gpuMappings: none, existing });
}

function planExistingNode(node: ExistingClusterHouse["cluster"]["nodes"][number]): ExistingNode {
    const { name, architecture, nfs, gpu: model, gpuVendor: vendor } = node;
    const failureDomain = node.host ?? name;
    const labels = nodeLabels({ zone: failureDomain, nfs, gpuModel: model });
    const gpu = model === undefined ? undefined : Object.freeze({ model, vendor });
    return Object.freeze({ name, failureDomain, architecture, gpu, labels });
}

function planMachines(config: MachineHouse): Inventory {
    const hosts = config.hosts.map(({ name, address, sshPort, datastores, gpu }) =>
        Object.freeze({ name, address, sshPort, datastores, gpu }),
    );
    const hostsByName = new Map(hosts.map((host) => [host.name, host]));
    const { servers, agents, joined } = config.cluster;
    const plan = (role: MachineRole, group: MachineGroup, taints: readonly string[]): readonly Machine[] =>
        Object.freeze(group.machines.map((machine) => planMachine(role, group, machine, hostsByName, taints)));
    return Object.freeze({
        hosts: Object.freeze(hosts),
        servers: plan("server", servers, agents === undefined ? [] : [serverTaint]),
        agents: agents === undefined ? Object.freeze([]) : plan("agent", agents, []),
        joined: Object.freeze(joined.map(planJoined)),
        existing: Object.freeze([]),
        gpuMappings: planMappings(hosts),
    });
}

type MachineGroup = MachineHouse["cluster"]["servers"];

function planMachine(
    role: MachineRole,
    group: MachineGroup,
    machine: MachineGroup["machines"][number],
    hosts: ReadonlyMap<string, Host>,
    taints: readonly string[],
): Machine {
    const host = hosts.get(machine.host);
    if (host === undefined) {
        throw new Error(`${machine.name} is planned on ${machine.host}, which parseConfig should have refused`);
    }
    const gpu = machine.gpu && host.gpu !== undefined ? planGpu(host.gpu) : undefined;
    return Object.freeze({
        name: machine.name,
        role,
        host,
        vmId: machine.vmId,
        address: machine.address,
        cores: group.cores,
        memoryMiB: group.memoryGiB * 1024,
        diskGiB: group.diskGiB,
        gpu,
        // The machines' cloud-config installs the NFS client on each of them.
        nfs: true,
        labels: nodeLabels({ zone: host.name, nfs: true, gpuModel: gpu?.model }),
        taints: Object.freeze([...taints]),
    });
}

function planGpu({ model, id }: HostGpu) {
    const vendor = gpuVendorOf(id);
    if (vendor === undefined) {
        throw new Error(`the GPU ${id} is by no known maker, which parseConfig should have refused`);
    }
    return Object.freeze({ model, vendor, mapping: mappingName(model) });
}

/** A joined node is a failure domain of its own: it stands on no host of the house. */
function planJoined({ name, architecture, nfs, gpu }: MachineHouse["cluster"]["joined"][number]): JoinedNode {
    const labels = Object.freeze({ ...nodeLabels({ zone: name, nfs, gpuModel: gpu }), [joinedLabel]: "true" });
    return Object.freeze({ name, architecture, labels, taints: Object.freeze([joinedTaint]) });
}

function nodeLabels(node: {
    zone: string;
    nfs: boolean;
    gpuModel: string | undefined;
}): Readonly<Record<string, string>> {
    return Object.freeze({
        [zoneLabel]: node.zone,
        ...(node.nfs ? { [nfsLabel]: "true" } : {}),
        ...(node.gpuModel === undefined ? {} : { [gpuLabel]: node.gpuModel }),
    });
}

function mappingName(model: string): string {
    return `igpu-${model}`;
}

/** One mapping a model, with an entry for each host that has it, so that a machine may move between these hosts. */
function planMappings(hosts: readonly Host[]): readonly GpuMapping[] {
    const models = new Set(hosts.flatMap(({ gpu }) => (gpu === undefined ? [] : [gpu.model])));
    return Object.freeze(
        [...models].map((model) => {
            const entries = hosts.flatMap(({ name, gpu }) =>
                gpu?.model === model ? [Object.freeze({ host: name, gpu })] : [],
            );
            return Object.freeze({ name: mappingName(model), model, entries: Object.freeze(entries) });
        }),
    );
}
