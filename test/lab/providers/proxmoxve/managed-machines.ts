import * as proxmox from "@muhlba91/pulumi-proxmoxve";
import { HighAvailability } from "../../../../infra/proxmox";
import { aHost, servers } from "../../../support/planned";

/** Two servers on two hosts. */
export const machines = [servers[0], servers[1]].map((machine, index) => ({
    ...machine,
    vmId: 301 + index,
    host: aHost(`pve-${index + 1}`),
}));

/** A program for an engine: the servers as bare machines, in the care of the HA manager. @param settings of the provider, as JSON */
export function writeManagedMachines(settings: string): void {
    const { endpoint, apiToken } = JSON.parse(settings) as { readonly endpoint: string; readonly apiToken: string };
    const provider = new proxmox.Provider("pve", { endpoint, apiToken, insecure: true });
    const placed = machines.map((machine) => {
        const { name, vmId, host } = machine;
        const args: proxmox.VmLegacyArgs = {
            ...{ nodeName: host.name, vmId, name, started: false, stopOnDestroy: true },
            disks: [{ interface: "scsi0", datastoreId: host.datastores.disks, size: 20 }],
            networkDevices: [{ bridge: "vmbr0" }],
        };
        return { machine, vm: new proxmox.VmLegacy(`${name}-vm`, args, { provider, deleteBeforeReplace: true }) };
    });
    new HighAvailability("ha", { clusterName: "home", machines: placed }, { providers: [provider] });
}
