import { ipv4, port } from "./addressing";
import { count, group, list, text } from "./field";
import { name } from "./naming";

const pciId = /^[0-9a-f]{4}:[0-9a-f]{4}$/;

function pciIdentifier(meaning: string) {
    return text(pciId, meaning, {
        is: "a PCI id",
        rule: "vendor and device, each four lower-case hexadecimal digits without 0x, as a Proxmox mapping wants them",
        write: (value) => {
            const plain = String(value).toLowerCase().replaceAll("0x", "");
            return pciId.test(plain) ? `write "${plain}"` : 'write one like "8086:3e92"';
        },
    });
}

function datastore(meaning: string) {
    return text(/^[a-zA-Z][a-zA-Z0-9._-]*[a-zA-Z0-9]$/, meaning, {
        is: "a datastore",
        rule: "a Proxmox storage starts with a letter and has letters, digits, dots, hyphens and underscores",
        write: "write a name from `pvesm status`",
    });
}

/** A word for a kind of GPU; equal GPUs have equal words. */
export function gpuModel(meaning: string) {
    return text(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/, meaning, {
        is: "a GPU model",
        rule: "it becomes a node label and the name of a mapping: lower-case letters, digits, hyphens, at most 32",
        write: "write one like intel-uhd-630",
    });
}

/** The GPU of a host, copied from `pvesh get /nodes/<host>/hardware/pci`. */
const gpuSchema = group("GPU of the host that is passed through to one of its machines.", {
    model: gpuModel("Word of the node label homelab/gpu and of the PCI mapping."),
    path: text(
        /^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}(\.[0-7])?$/,
        'PCI address with its domain. A card with sound or USB beside the GPU is given as a whole, without the function: "0000:01:00".',
        {
            is: "a PCI address",
            rule: "domain:bus:device.function, or domain:bus:device for a whole card, in lower-case hexadecimal",
            write: (value) =>
                typeof value === "string" && /^[0-9a-f]{2}:[0-9a-f]{2}(\.[0-7])?$/.test(value)
                    ? `write "0000:${value}"`
                    : 'write one like "0000:00:02.0"',
        },
    ),
    id: pciIdentifier("Vendor and device. Proxmox compares it with the real device at every start of the machine."),
    subsystemId: pciIdentifier(
        "Vendor and device of the subsystem (the maker of the board); compared in the same way.",
    ),
    iommuGroup: count("IOMMU group; may change with a BIOS or kernel update, then the machine does not start.", {
        min: 0,
        max: 1023,
        rule: "Proxmox compares the group with the real one before it starts the machine",
    }),
});

/** One physical Proxmox server: one failure domain of the house. */
const hostSchema = group("One physical Proxmox server.", {
    name: name("Name of the Proxmox node, as `pvecm nodes` shows it; also the zone of its machines."),
    address: ipv4("Address on which the host's SSH server answers."),
    sshPort: port("Port of the host's SSH server. Default: 22.").default(22),
    memoryGiB: count("Memory of the host in GiB. Leave it out, and nobody checks that its machines fit.", {
        min: 4,
        max: 4096,
        unit: "GiB",
        rule: "a passed-through GPU pins all memory of its machine, so it must be there",
    }).optional(),
    datastores: group("Where images and disks go.", {
        files: datastore(
            "Datastore for the guest image and the snippets; needs content types import and snippets. Default: local.",
        ).default("local"),
        disks: datastore("Datastore for the machines' disks. Default: local-lvm.").default("local-lvm"),
    }).prefault({}),
    gpu: gpuSchema.optional(),
});

/** The physical servers. */
export const hostsSchema = list(hostSchema, "The physical Proxmox servers.", {
    min: 1,
    max: 32,
    rule: "a house has at least one host, and corosync carries at most 32",
});
