import type { KubeClient } from "../kube/client";
import type { Chassis } from "./chassis";
import type { NodeIdentity } from "./node-identity";
import { SimulatedKubelet } from "./simulated/kubelet";

/** A node that somebody else runs and joins to the cluster by hand. */
export interface ForeignNode {
    readonly name: string;
    readonly architecture: "amd64" | "arm64";
    /** Whether it has an NFS client. */
    readonly nfs: boolean;
}

export interface ForeignNodeOptions {
    readonly client: KubeClient;
    /** What the other machines are made of. */
    readonly bodies: Chassis["kind"];
    /** Version of k3s. */
    readonly version: string;
    /** Milliseconds between heartbeats. */
    readonly heartbeatMs: number;
    readonly log: (line: string) => void;
}

/** Label and taint of a node that others run. */
const JOINED_MARK = "homelab/joined";
/** On a node without containers, where others have some. */
const SIMULATED_TAINT = "lab.homelab/simulated";

/**
 * A foreign node joins with the marks that the program gives for it: the taint keeps all away that does not ask for it.
 * @returns its kubelet, which has begun to join.
 */
export function joinForeignNode(node: ForeignNode, options: ForeignNodeOptions): SimulatedKubelet {
    const { client, bodies, version, heartbeatMs, log } = options;
    // Beside real machines it would swallow what is sent to its pods: only what asks for it by name goes there.
    const simulated = bodies === "real" ? [{ key: SIMULATED_TAINT, effect: "NoSchedule" }] : [];
    const taints = [{ key: JOINED_MARK, value: "true", effect: "NoSchedule" }, ...simulated];
    const labels = {
        [JOINED_MARK]: "true",
        "topology.kubernetes.io/zone": node.name,
        ...(node.nfs ? { "homelab/nfs": "true" } : {}),
    };
    const identity: NodeIdentity = {
        ...{ name: node.name, architecture: node.architecture, address: "127.0.0.1", version },
        ...{ labels, taints, cores: 4, memoryMiB: 4096, diskGiB: 32 },
        reserved: { milliCpu: 0, memoryMiB: 0 },
    };
    const machine = { identity, nfsClient: node.nfs, pciDevices: [] };
    const kubelet = new SimulatedKubelet({ ...machine, client, heartbeatMs, console: log });
    kubelet.start().catch((error: unknown) => log(`${node.name} did not join: ${String(error)}`));
    return kubelet;
}
