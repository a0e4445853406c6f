import type { Properties } from "../../../../lab/providers/kit/provider";

export const VM = "proxmoxve:index/vmLegacy:VmLegacy";
export const SNIPPET = "proxmoxve:index/fileLegacy:FileLegacy";
export const DOWNLOAD = "proxmoxve:download/file:File";
export const MAPPING = "proxmoxve:hardware/mapping/pci:Pci";

const device = { path: "0000:00:02.0", id: "8086:3e92", subsystemId: "17aa:3136", iommuGroup: 0 };

export const mapping: Properties = {
    name: "igpu",
    comment: "intel-uhd-630, one on each of these hosts",
    mediatedDevices: false,
    maps: [
        { node: "pve-1", ...device },
        { node: "pve-2", ...device },
    ],
};

export const snippet: Properties = {
    nodeName: "pve-1",
    datastoreId: "local",
    contentType: "snippets",
    sourceRaw: { fileName: "k3s-agent-1.user-data.yaml", data: "#cloud-config\nhostname: k3s-agent-1\n" },
};

export const download: Properties = {
    nodeName: "pve-1",
    datastoreId: "local",
    contentType: "import",
    url: "https://cloud.example/debian-13-generic-amd64.qcow2",
    fileName: "debian-13-generic-amd64.qcow2",
    overwrite: false,
    uploadTimeout: 1800,
};

/** An agent with a GPU, as `infra/proxmox` asks for it. */
export const agentMachine: Properties = {
    nodeName: "pve-1",
    vmId: 211,
    name: "k3s-agent-1",
    description: "k3s agent k3s-agent-1, made by Pulumi",
    tags: ["agent", "gpu", "homelab", "k3s"],
    machine: "q35",
    bios: "ovmf",
    efiDisk: { datastoreId: "local-lvm", type: "4m", fileFormat: "raw", preEnrolledKeys: false },
    hostpcis: [{ device: "hostpci0", mapping: "igpu", pcie: true, rombar: true, xvga: false }],
    cpu: { cores: 6, sockets: 1, type: "host" },
    memory: { dedicated: 12288, floating: 0 },
    scsiHardware: "virtio-scsi-single",
    disks: [
        {
            interface: "scsi0",
            datastoreId: "local-lvm",
            importFrom: "local:import/debian-13-generic-amd64.qcow2",
            size: 60,
            iothread: true,
            ssd: true,
            discard: "on",
        },
    ],
    networkDevices: [{ bridge: "vmbr0", model: "virtio", vlanId: 20 }],
    initialization: {
        datastoreId: "local-lvm",
        interface: "ide2",
        userDataFileId: "local:snippets/k3s-agent-1.user-data.yaml",
        ipConfigs: [{ ipv4: { address: "127.0.20.31/24", gateway: "127.0.20.1" } }],
        dns: { domain: "lan", servers: ["1.1.1.1", "8.8.8.8"] },
    },
    operatingSystem: { type: "l26" },
    serialDevices: [{ device: "socket" }],
    vga: { type: "serial0" },
    agent: { enabled: true, timeout: "2m", trim: true, waitForIp: { disabled: true } },
    onBoot: true,
    started: true,
    stopOnDestroy: true,
    rebootAfterUpdate: false,
};

/** The least that makes a machine. */
export const bareMachine: Properties = {
    nodeName: "pve-1",
    vmId: 201,
    name: "bare",
    cpu: { cores: 2, type: "host" },
    memory: { dedicated: 2048 },
    disks: [{ interface: "scsi0", datastoreId: "local-lvm", size: 20 }],
    networkDevices: [{ bridge: "vmbr0" }],
    stopOnDestroy: true,
};
