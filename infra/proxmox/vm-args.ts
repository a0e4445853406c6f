import type * as proxmox from "@muhlba91/pulumi-proxmoxve";
import type { Machine, MachineRole } from "../inventory";
import { MACHINE_SHUTDOWN_SECONDS } from "../ups";

/** The network of the machines. */
export interface MachineNetwork {
    readonly cidr: string;
    readonly gateway: string;
    readonly bridge: string;
    /** `undefined`: the bridge is untagged. */
    readonly vlan: number | undefined;
    readonly resolvers: readonly string[];
    readonly domain: string;
}

/** Ids of the files that a machine is made from. */
export interface MachineFiles {
    readonly image: string;
    readonly userData: string;
}

/** Firmware and device of a passed-through GPU: PCIe wants q35, the GPU's own firmware wants UEFI. */
function passthrough(machine: Machine): Partial<proxmox.VmLegacyArgs> {
    if (machine.gpu === undefined) {
        return { bios: "seabios" };
    }
    return {
        bios: "ovmf",
        // Without keys: with them newer kernels modules of ours would not load, and Proxmox warns at each start.
        efiDisk: { datastoreId: machine.host.datastores.disks, type: "4m", fileFormat: "raw", preEnrolledKeys: false },
        hostpcis: [{ device: "hostpci0", mapping: machine.gpu.mapping, pcie: true, rombar: true, xvga: false }],
    };
}

/**
 * Order on one host, lowest first when it starts and last when it goes down: servers, then agents. Numbers below 20 are left
 * for guests that others make, such as a NAS or a router in a machine, which must be there before.
 */
const startOrder: Readonly<Record<MachineRole, { order: number; upDelay?: number; downDelay: number }>> = {
    // Half a minute for etcd to find the other servers before the host's agents ask for them.
    server: { order: 20, upDelay: 30, downDelay: MACHINE_SHUTDOWN_SECONDS },
    agent: { order: 30, downDelay: MACHINE_SHUTDOWN_SECONDS },
};

/** Tag of every machine that the program makes. */
export const HOUSE_TAG = "homelab";

/** Proxmox sorts tags; unsorted ones would be a difference for ever. */
function tags(machine: Machine): string[] {
    return [HOUSE_TAG, "k3s", machine.role, ...(machine.gpu === undefined ? [] : ["gpu"])].sort();
}

function initialization(machine: Machine, network: MachineNetwork, userData: string) {
    const prefix = network.cidr.split("/")[1] ?? "24";
    return {
        datastoreId: machine.host.datastores.disks,
        interface: "ide2",
        userDataFileId: userData,
        ipConfigs: [{ ipv4: { address: `${machine.address}/${prefix}`, gateway: network.gateway } }],
        dns: { domain: network.domain, servers: [...network.resolvers] },
    };
}

/** A machine as Proxmox is told. */
export function vmArgs(machine: Machine, network: MachineNetwork, files: MachineFiles): proxmox.VmLegacyArgs {
    return {
        nodeName: machine.host.name,
        vmId: machine.vmId,
        name: machine.name,
        description: `k3s ${machine.role} ${machine.name}, made by Pulumi`,
        tags: tags(machine),
        machine: "q35",
        ...passthrough(machine),
        // The default type lacks instructions that images of today are built for.
        cpu: { cores: machine.cores, sockets: 1, type: "host" },
        // No ballooning: passed-through devices pin all memory, and etcd does not like surprises.
        memory: { dedicated: machine.memoryMiB, floating: 0 },
        scsiHardware: "virtio-scsi-single",
        disks: [
            {
                interface: "scsi0",
                datastoreId: machine.host.datastores.disks,
                importFrom: files.image,
                size: machine.diskGiB,
                iothread: true,
                ssd: true,
                discard: "on",
            },
        ],
        networkDevices: [
            {
                bridge: network.bridge,
                model: "virtio",
                ...(network.vlan === undefined ? {} : { vlanId: network.vlan }),
            },
        ],
        initialization: initialization(machine, network, files.userData),
        operatingSystem: { type: "l26" },
        serialDevices: [{ device: "socket" }],
        vga: { type: "serial0" },
        // The address is ours and known, so nobody waits for the agent to tell it: a machine whose agent is away would
        // cost the whole time-out at every refresh. Whether the node is there is the readiness gate's question.
        agent: { enabled: true, timeout: "2m", trim: true, waitForIp: { disabled: true } },
        onBoot: true,
        startup: startOrder[machine.role],
        started: true,
        // Deleted machines are not asked to end first; for an update nobody reboots a node but its owner, after a drain.
        stopOnDestroy: true,
        rebootAfterUpdate: false,
    };
}
