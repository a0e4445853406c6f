import { type GraphIndex, type Matches, matching, ofKind, type Workload } from "./graph-index";
import { isKind } from "./kind";
import { containerLists } from "./pod-template";
import type { Subject } from "./subject";

const machineTypes = ["proxmoxve:index/vmLegacy:VmLegacy", "proxmoxve:VM/virtualMachine:VirtualMachine"] as const;

const hostLabel = "topology.kubernetes.io/zone";
/** Of nodes with an NFS and an iSCSI client; block storage is put on no others. */
const storageLabel = "homelab/nfs";

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

/**
 * The hosts that may keep block volumes: those of the machines that run workloads, and on a cluster that was there before the
 * zones of the nodes that were prepared for storage, as the house labels them. Empty where the program says nothing of any.
 * Throws `NotKnown`.
 */
export function blockStorageHosts(graph: GraphIndex): ReadonlySet<string> {
    const nodes = graph.subjects.filter(({ type }) => type.kind === "Node").map(({ object }) => object.at("metadata"));
    const prepared = nodes.filter((node) => node.at("labels", storageLabel).text() === "true");
    return new Set([
        ...workers(graph).map((machine) => machine.object.at("nodeName").text() ?? ""),
        ...prepared.map((node) => node.at("labels", hostLabel).text() ?? node.at("name").text() ?? ""),
    ]);
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

/** Extended resources, such as `gpu.intel.com/i915`: those with a domain, but Kubernetes' own. Throws `NotKnown`. */
export function requestedDevices(workload: Workload): readonly string[] {
    const containers = containerLists(workload.template).flatMap((list) => list.items());
    const names = containers.flatMap((container) => container.at("resources", "limits").keys());
    return [...new Set(names.filter((name) => name.includes("/") && !name.includes("kubernetes.io/")))];
}

/** The hosts that have a machine with the devices that a workload asks for. Throws `NotKnown`. */
export function fittingHosts(
    workload: Workload,
    graph: GraphIndex,
): { readonly hosts: ReadonlySet<string>; readonly open: Matches<Subject>["open"] } {
    const devices = requestedDevices(workload);
    const hosts = new Set<string>();
    const { open } = matching(workers(graph), (machine) => {
        const fits = devices.length === 0 || deviceMappings(machine).length > 0;
        if (fits) hosts.add(machine.object.at("nodeName").text() ?? "");
        return fits;
    });
    return { hosts, open };
}
