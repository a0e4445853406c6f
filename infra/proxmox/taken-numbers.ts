import * as pulumi from "@pulumi/pulumi";
import * as proxmox from "@muhlba91/pulumi-proxmoxve";
import { plainError } from "../plain-error";

/** A machine as it is in Proxmox. */
export interface ExistingMachine {
    readonly vmId: number;
    readonly name: string;
    readonly nodeName: string;
}

/** One line for each planned number that a machine with another name has. */
export function takenNumbers(
    planned: readonly { readonly name: string; readonly vmId: number }[],
    existing: readonly ExistingMachine[],
): string[] {
    const byNumber = new Map(existing.map((machine) => [machine.vmId, machine]));
    return planned.flatMap(({ name, vmId }) => {
        const other = byNumber.get(vmId);
        if (other === undefined || other.name === name) {
            return [];
        }
        return [
            `cluster: vmId ${vmId} of ${name} is used by "${other.name}" on ${other.nodeName} ` +
                `(numbers are unique in a Proxmox cluster); give ${name} a free one`,
        ];
    });
}

/**
 * Asks Proxmox whether the numbers are free, before anything is made. The provider would not say so: it tries again after
 * "already exists", takes that for its own success, and a later `destroy` would delete somebody else's machine.
 *
 * @returns the same numbers by name, known once they are; in a preview at once, and a Proxmox that is away is no mistake
 */
export function freeNumbers(
    planned: readonly { readonly name: string; readonly vmId: number }[],
    provider: proxmox.Provider,
): pulumi.Output<Readonly<Record<string, number>>> {
    const numbers = Object.fromEntries(planned.map(({ name, vmId }) => [name, vmId]));
    const checked = proxmox.getVmsLegacy({}, { provider }).then(
        ({ vms }) => {
            const problems = takenNumbers(planned, vms);
            if (problems.length > 0) {
                throw plainError(problems.join("\n"));
            }
        },
        (error: unknown) => {
            if (!pulumi.runtime.isDryRun()) {
                throw error;
            }
        },
    );
    return pulumi.output(pulumi.runtime.isDryRun() ? numbers : checked.then(() => numbers));
}
