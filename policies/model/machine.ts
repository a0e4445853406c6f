import { type GraphIndex, ofKind } from "./graph-index";
import { isKind } from "./kind";
import type { Subject } from "./subject";

const machineTypes = ["proxmoxve:index/vmLegacy:VmLegacy", "proxmoxve:VM/virtualMachine:VirtualMachine"] as const;

/** Whether a type is a virtual machine of Proxmox. */
export const isMachine: (type: string) => boolean = isKind(...machineTypes);

/**
 * The machines that run workloads: the agents, or all where there are none, as the servers are tainted only then. Throws
 * `NotKnown`.
 */
export function workers(graph: GraphIndex): readonly Subject[] {
    const machines = ofKind(graph, ...machineTypes).filter((machine) => hasTag(machine, "k3s"));
    const agents = machines.filter((machine) => hasTag(machine, "agent"));
    return agents.length > 0 ? agents : machines;
}

/** The PCI devices that are handed to a machine, by the name of their mapping. Throws `NotKnown`. */
export function deviceMappings(machine: Subject): readonly string[] {
    return machine.object
        .at("hostpcis")
        .items()
        .map((device) => device.at("mapping").text() ?? device.at("id").text() ?? "");
}

function hasTag(machine: Subject, tag: string): boolean {
    return machine.object
        .at("tags")
        .items()
        .some((entry) => entry.text() === tag);
}
