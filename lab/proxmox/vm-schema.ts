import type { Schema } from "./parameters";
import { whatIsWrong, type Property, type PropertyFormat } from "./property";

const BOOLEAN: Property = { type: "boolean", optional: true };
const TEXT: Property = { type: "string", optional: true };
const COUNT: Property = { type: "integer", optional: true, minimum: 1 };
const AMOUNT: Property = { type: "integer", optional: true, minimum: 0 };
const NUMBER: Property = { type: "number", optional: true, minimum: 0 };
const REQUIRED_TEXT: Property = { type: "string" };

function oneOf(...values: string[]): Property {
    return { type: "string", optional: true, enum: values };
}

function formatted(format: PropertyFormat): Property {
    return { type: "string", optional: true, format };
}

const SIZE: Property = { type: "string", optional: true, pattern: /\d+(\.\d+)?[KMGT]?/ };
const NIC_MODELS = ["e1000", "e1000e", "rtl8139", "virtio", "vmxnet3"];

/** `net0` and its siblings. */
export const NET_FORMAT: PropertyFormat = {
    defaultKey: "model",
    combined: { key: "model", names: NIC_MODELS, valueKey: "macaddr" },
    keys: {
        model: { type: "string", enum: NIC_MODELS },
        macaddr: { type: "string", optional: true, pattern: /[a-f0-9][02468ace](:[a-f0-9]{2}){5}/i },
        bridge: { type: "string", optional: true, pattern: /[a-zA-Z][\w.-]{0,14}/ },
        queues: { ...AMOUNT, maximum: 64 },
        rate: NUMBER,
        tag: { ...COUNT, maximum: 4094 },
        trunks: { type: "string", optional: true, pattern: /\d+(-\d+)?(;\d+(-\d+)?)*/ },
        firewall: BOOLEAN,
        link_down: BOOLEAN,
        mtu: { ...COUNT, maximum: 65520 },
    },
};

/** Disks, CD-ROM drives and the cloud-init drive. */
const DRIVE_FORMAT: PropertyFormat = {
    defaultKey: "file",
    keys: {
        file: REQUIRED_TEXT,
        "import-from": TEXT,
        media: oneOf("cdrom", "disk"),
        cache: oneOf("none", "writethrough", "writeback", "unsafe", "directsync"),
        format: oneOf("raw", "qcow", "qed", "qcow2", "vmdk", "cloop"),
        size: SIZE,
        backup: BOOLEAN,
        replicate: BOOLEAN,
        aio: oneOf("native", "threads", "io_uring"),
        discard: oneOf("ignore", "on"),
        serial: { type: "string", optional: true, maxLength: 60 },
        shared: BOOLEAN,
        ssd: BOOLEAN,
        iothread: BOOLEAN,
        queues: { ...COUNT },
        ro: BOOLEAN,
        ...Object.fromEntries(
            [
                "iops_rd",
                "iops_wr",
                "iops_rd_max",
                "iops_wr_max",
                "mbps_rd",
                "mbps_wr",
                "mbps_rd_max",
                "mbps_wr_max",
            ].map((key) => [key, NUMBER]),
        ),
    },
};

/** Disk of the firmware's settings. */
const EFI_FORMAT: PropertyFormat = {
    defaultKey: "file",
    keys: {
        file: REQUIRED_TEXT,
        format: oneOf("raw", "qcow2", "vmdk"),
        size: SIZE,
        efitype: oneOf("2m", "4m"),
        "pre-enrolled-keys": BOOLEAN,
        "ms-cert": oneOf("2011", "2023", "2023w", "2023k"),
        "import-from": TEXT,
    },
};

/** State of the emulated TPM. */
const TPM_FORMAT: PropertyFormat = {
    defaultKey: "file",
    keys: {
        file: REQUIRED_TEXT,
        size: SIZE,
        version: oneOf("v1.2", "v2.0"),
        format: oneOf("raw", "qcow2"),
        "import-from": TEXT,
    },
};

/** Passed-through devices. */
export const HOSTPCI_FORMAT: PropertyFormat = {
    defaultKey: "host",
    keys: {
        host: { type: "string", optional: true, pattern: /([\da-f]{4}:)?[\da-f]{2}:[\da-f]{2}(\.[\da-f])?(;.+)?/i },
        mapping: TEXT,
        mdev: TEXT,
        pcie: BOOLEAN,
        rombar: BOOLEAN,
        romfile: TEXT,
        "x-vga": BOOLEAN,
        "legacy-igd": BOOLEAN,
        driver: oneOf("vfio", "keep"),
    },
};

/** Static addresses that cloud-init hands to the guest. */
export const IPCONFIG_FORMAT: PropertyFormat = {
    keys: {
        ip: { type: "string", optional: true, pattern: /dhcp|\d{1,3}(\.\d{1,3}){3}\/\d{1,2}/ },
        gw: { type: "string", optional: true, pattern: /\d{1,3}(\.\d{1,3}){3}/ },
        ip6: { type: "string", optional: true, pattern: /auto|dhcp|[\da-f:.]+\/\d{1,3}/i },
        gw6: { type: "string", optional: true, pattern: /[\da-f:.]+/i },
    },
};

const AGENT_FORMAT: PropertyFormat = {
    defaultKey: "enabled",
    keys: {
        enabled: { type: "boolean" },
        fstrim_cloned_disks: BOOLEAN,
        "freeze-fs-on-backup": BOOLEAN,
        type: oneOf("virtio", "isa"),
    },
};

export const BOOT_FORMAT: PropertyFormat = {
    defaultKey: "legacy",
    keys: { legacy: { type: "string", optional: true, pattern: /[acdn]{1,4}/ }, order: TEXT },
};

/** Snippets that replace the generated cloud-init files. */
export const CICUSTOM_FORMAT: PropertyFormat = {
    keys: { meta: TEXT, network: TEXT, user: TEXT, vendor: TEXT },
};

const CPU_FORMAT: PropertyFormat = {
    defaultKey: "cputype",
    keys: {
        cputype: TEXT,
        flags: TEXT,
        hidden: BOOLEAN,
        "hv-vendor-id": TEXT,
        "phys-bits": TEXT,
        reported_model: TEXT,
    },
};
const MACHINE_FORMAT: PropertyFormat = {
    defaultKey: "type",
    keys: {
        type: {
            type: "string",
            optional: true,
            pattern: /(pc|q35|virt|pc(-i440fx|-q35)?-\d+(\.\d+)+(\+pve\d+)?(\.pxe)?)/,
        },
        viommu: oneOf("intel", "virtio"),
        "enable-s3": BOOLEAN,
        "enable-s4": BOOLEAN,
    },
};
const MEMORY_FORMAT: PropertyFormat = { defaultKey: "current", keys: { current: { type: "integer", minimum: 16 } } };
const STARTUP_FORMAT: PropertyFormat = {
    defaultKey: "order",
    keys: { order: AMOUNT, up: AMOUNT, down: AMOUNT },
};
const VGA_FORMAT: PropertyFormat = {
    defaultKey: "type",
    keys: {
        type: oneOf(
            ...["cirrus", "qxl", "qxl2", "qxl3", "qxl4", "none", "serial0", "serial1", "serial2", "serial3"],
            ...["std", "virtio", "virtio-gl", "vmware"],
        ),
        memory: { ...AMOUNT, minimum: 4, maximum: 512 },
        clipboard: oneOf("vnc"),
    },
};

const DNS_NAME = /([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*/;

const SETTINGS: Readonly<Record<string, Property>> = {
    ...Object.fromEntries(
        [
            ...["acpi", "allow-ksm", "autostart", "ciupgrade", "freeze", "keephugepages", "kvm", "localtime", "numa"],
            ...["onboot", "protection", "reboot", "tablet", "tdf", "template"],
        ].map((name) => [name, BOOLEAN]),
    ),
    ...Object.fromEntries(
        [
            ...["affinity", "amd-sev", "args", "audio0", "cipassword", "ciuser", "hookscript", "hotplug", "ivshmem"],
            ...["nameserver", "searchdomain", "smbios1", "spice_enhancements", "sshkeys", "startdate"],
            ...["vmgenid", "vmstatestorage", "watchdog", "rng0", "cdrom", "tags"],
        ].map((name) => [name, TEXT]),
    ),
    agent: formatted(AGENT_FORMAT),
    arch: oneOf("x86_64", "aarch64"),
    balloon: AMOUNT,
    bios: oneOf("seabios", "ovmf"),
    boot: formatted(BOOT_FORMAT),
    cicustom: formatted(CICUSTOM_FORMAT),
    citype: oneOf("configdrive2", "nocloud", "opennebula"),
    cores: COUNT,
    cpu: formatted(CPU_FORMAT),
    cpulimit: { ...NUMBER, maximum: 128 },
    cpuunits: { ...COUNT, maximum: 262144 },
    description: { type: "string", optional: true, maxLength: 8192 },
    efidisk0: formatted(EFI_FORMAT),
    hugepages: oneOf("any", "2", "1024"),
    keyboard: oneOf(
        ..."de de-ch da en-gb en-us es fi fr fr-be fr-ca fr-ch hu is it ja lt mk nl no pl pt pt-br sv sl tr".split(" "),
    ),
    lock: oneOf("backup", "clone", "create", "migrate", "rollback", "snapshot", "snapshot-delete", "suspended"),
    machine: formatted(MACHINE_FORMAT),
    memory: formatted(MEMORY_FORMAT),
    migrate_downtime: NUMBER,
    migrate_speed: AMOUNT,
    name: {
        type: "string",
        optional: true,
        check: (value) =>
            whatIsWrong("name", { type: "string", pattern: DNS_NAME }, value)
                ? `value '${value}' does not look like a valid DNS name`
                : undefined,
    },
    ostype: oneOf(..."other wxp w2k w2k3 w2k8 wvista win7 win8 win10 win11 l24 l26 solaris".split(" ")),
    scsihw: oneOf("lsi", "lsi53c810", "virtio-scsi-pci", "virtio-scsi-single", "megasas", "pvscsi"),
    shares: { ...AMOUNT, maximum: 50000 },
    sockets: COUNT,
    startup: formatted(STARTUP_FORMAT),
    tpmstate0: formatted(TPM_FORMAT),
    vcpus: COUNT,
    vga: formatted(VGA_FORMAT),
};

const NUMBERED: Readonly<Record<string, { readonly count: number; readonly property: Property }>> = {
    net: { count: 32, property: formatted(NET_FORMAT) },
    ipconfig: { count: 32, property: formatted(IPCONFIG_FORMAT) },
    hostpci: { count: 16, property: formatted(HOSTPCI_FORMAT) },
    scsi: { count: 31, property: formatted(DRIVE_FORMAT) },
    virtio: { count: 16, property: formatted(DRIVE_FORMAT) },
    sata: { count: 6, property: formatted(DRIVE_FORMAT) },
    ide: { count: 4, property: formatted(DRIVE_FORMAT) },
    serial: { count: 4, property: { type: "string", optional: true, pattern: /\/dev\/.+|socket/ } },
    parallel: { count: 3, property: TEXT },
    usb: { count: 14, property: TEXT },
    numa: { count: 8, property: TEXT },
    virtiofs: { count: 10, property: TEXT },
    unused: { count: 256, property: TEXT },
};

/** The property of a VM's setting, `undefined` where there is none of that name. */
export function vmSetting(name: string): Property | undefined {
    if (Object.hasOwn(SETTINGS, name)) return SETTINGS[name];
    const [, family, index] = /^([a-z]+)(0|[1-9]\d*)$/.exec(name) ?? [];
    const numbered = family !== undefined && Object.hasOwn(NUMBERED, family) ? NUMBERED[family] : undefined;
    return numbered && Number(index) < numbered.count ? numbered.property : undefined;
}

/** Format of a drive's value by its name; `undefined` for what is not a drive. */
export function driveFormat(name: string): PropertyFormat | undefined {
    if (name === "efidisk0") return EFI_FORMAT;
    if (name === "tpmstate0") return TPM_FORMAT;
    return /^(ide|sata|scsi|virtio)\d+$/.test(name) ? DRIVE_FORMAT : undefined;
}

function withSettings(more: Readonly<Record<string, Property>>): Schema {
    return {
        names: Object.keys(more),
        property: (name) => (Object.hasOwn(more, name) ? more[name] : vmSetting(name)),
    };
}

export const VM_ID: Property = { type: "integer", minimum: 100, maximum: 999999999 };

export const CREATE_VM = withSettings({
    vmid: VM_ID,
    pool: TEXT,
    storage: TEXT,
    start: BOOLEAN,
    unique: BOOLEAN,
    force: BOOLEAN,
    "ha-managed": BOOLEAN,
    bwlimit: AMOUNT,
});

export const UPDATE_VM = withSettings({
    delete: TEXT,
    digest: { type: "string", optional: true, maxLength: 64 },
    revert: TEXT,
    skiplock: BOOLEAN,
    force: BOOLEAN,
    background_delay: AMOUNT,
});
