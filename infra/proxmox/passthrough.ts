import * as pulumi from "@pulumi/pulumi";
import * as proxmox from "@muhlba91/pulumi-proxmoxve";
import type { GpuMapping } from "../inventory";

/**
 * A resource mapping: one name for the same kind of GPU on every host that has it. A token may give a machine a mapped
 * device only; a raw PCI address is for `root@pam` with a password.
 */
export class GpuPassthrough extends pulumi.ComponentResource {
    readonly mapping: proxmox.hardware.mapping.Pci;

    constructor(name: string, args: { readonly mapping: GpuMapping }, opts?: pulumi.ComponentResourceOptions) {
        const { mapping } = args;
        super("homelab:proxmox:GpuPassthrough", name, { model: mapping.model }, opts);
        this.mapping = new proxmox.hardware.mapping.Pci(
            `${name}-mapping`,
            {
                name: mapping.name,
                comment: `${mapping.model}, one on each of these hosts`,
                mediatedDevices: false,
                maps: mapping.entries.map(({ host, gpu }) => ({
                    node: host,
                    path: gpu.path,
                    id: gpu.id,
                    subsystemId: gpu.subsystemId,
                    iommuGroup: gpu.iommuGroup,
                })),
            },
            { parent: this },
        );
        this.registerOutputs({ name: mapping.name });
    }
}
