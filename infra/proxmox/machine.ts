import * as pulumi from "@pulumi/pulumi";
import * as proxmox from "@muhlba91/pulumi-proxmoxve";
import type { Machine as PlannedMachine } from "../inventory";
import type { HostImage } from "./host-image";
import { vmArgs, type MachineNetwork } from "./vm-args";

export interface MachineArgs {
    readonly machine: PlannedMachine;
    readonly image: HostImage;
    /** The GPU's mapping, where one is passed through. */
    readonly gpu: proxmox.hardware.mapping.Pci | undefined;
    readonly network: MachineNetwork;
    /** User-data, with the secrets that the machine needs. */
    readonly cloudConfig: pulumi.Output<string>;
    /** Runs before the machine is made, and may refuse. */
    readonly beforeCreate: pulumi.ResourceHook | pulumi.ResourceHookFunction;
}

/**
 * A virtual machine and the snippet that it boots from. Its disk holds the node and its share of the block storage, so
 * nothing replaces it by surprise:
 *
 * - A changed snippet replaces the file on the host, not the machine. For that the machine names the file by its id,
 *   which stays the same, instead of by the file's output. The new text counts at the machine's next cold start
 *   (`qm shutdown`, `qm start`, one node after the other): Proxmox then builds a new cloud-init drive, and every part of
 *   the user-data may run again on the same disk.
 * - A newer guest image is for machines that are made from now on.
 * - Sizes, networks, GPU and start order are changed in place; most count after a restart, which is left to its owner.
 * - Another host, another id, another datastore for its snippet: replaced, the old one deleted first (the id cannot be
 *   there twice). With `house.protectData` Pulumi refuses, and names the machine; then drain the node, take the
 *   protection off in a change of its own, and go on.
 * - To make a machine anew on purpose: `pulumi up --replace <urn>`. An agent comes back as the node that it was. A server,
 *   the first one too, joins the others as soon as etcd gives up the place of the old one: `kubectl delete node <name>`.
 */
export class Machine extends pulumi.ComponentResource {
    readonly vm: proxmox.VmLegacy;

    constructor(name: string, args: MachineArgs, opts?: pulumi.ComponentResourceOptions) {
        const { machine, image } = args;
        super("homelab:proxmox:Machine", name, { host: machine.host.name, vmId: machine.vmId }, opts);
        const { files } = machine.host.datastores;
        const fileName = `${machine.name}.user-data.yaml`;
        const snippet = new proxmox.FileLegacy(
            `${name}-user-data`,
            {
                nodeName: machine.host.name,
                datastoreId: files,
                contentType: "snippets",
                sourceRaw: { fileName, data: args.cloudConfig },
            },
            // Same path: created first, the deletion of the old one would take the new one away. Holds nothing of its own.
            { parent: this, deleteBeforeReplace: true, protect: false },
        );
        this.vm = new proxmox.VmLegacy(
            `${name}-vm`,
            vmArgs(machine, args.network, { image: image.volumeId, userData: `${files}:snippets/${fileName}` }),
            {
                parent: this,
                dependsOn: [snippet, image.file, ...(args.gpu === undefined ? [] : [args.gpu])],
                deleteBeforeReplace: true,
                hooks: { beforeCreate: [args.beforeCreate] },
                ignoreChanges: ["disks[0].importFrom"],
            },
        );
        this.registerOutputs({ vmId: machine.vmId, address: machine.address });
    }
}
