import { KubeError, type KubeClient, type KubeObject } from "../../kube/client";
import type { NodeIdentity } from "../node-identity";

const LEASE_SECONDS = 40;
/** Shown by `kubectl describe node`, so that nobody takes a simulated machine for a real one. */
const SIMULATED = "homelab lab (simulated)";

/**
 * Creates the Node, or takes up again the one that is there: like k3s, labels and taints of the configuration are
 * set at the first registration only.
 * @returns extended resources that the node had before, set to zero as a kubelet does until their plugin comes.
 */
export async function registerNode(client: KubeClient, identity: NodeIdentity): Promise<Record<string, string>> {
    const node = {
        apiVersion: "v1",
        kind: "Node",
        metadata: {
            name: identity.name,
            labels: {
                "kubernetes.io/hostname": identity.name,
                "kubernetes.io/arch": identity.architecture,
                "kubernetes.io/os": "linux",
                "beta.kubernetes.io/arch": identity.architecture,
                "beta.kubernetes.io/os": "linux",
                "node.kubernetes.io/instance-type": "k3s",
                ...identity.labels,
            },
            annotations: {
                "lab.homelab/body": "simulated",
                // Without it the attach controller leaves volumes to the kubelet.
                "volumes.kubernetes.io/controller-managed-attach-detach": "true",
            },
        },
        spec: { taints: identity.taints },
    };
    try {
        await client.request("POST", "/api/v1/nodes", { body: node });
    } catch (error) {
        if (!(error instanceof KubeError && error.reason === "AlreadyExists")) throw error;
    }
    const known = await client.get<KubeObject & { status?: { capacity?: Record<string, string> } }>(
        `/api/v1/nodes/${identity.name}`,
    );
    const extended = Object.keys(known.status?.capacity ?? {}).filter((resource) => resource.includes("/"));
    const devices = Object.fromEntries(extended.map((resource) => [resource, "0"]));
    await writeNodeStatus(client, identity, devices);
    return devices;
}

/**
 * Writes the node's status: capacity, addresses, conditions.
 * @param devices allocatable extended resources, for example `{"gpu.intel.com/i915": "5"}`; a resource that was
 *   there and is not any more is set to zero, as the kubelet does.
 */
export async function writeNodeStatus(
    client: KubeClient,
    identity: NodeIdentity,
    devices: Readonly<Record<string, string>>,
): Promise<void> {
    const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    const condition = (type: string, status: string, reason: string, message: string) => ({
        type,
        status,
        reason,
        message,
        lastHeartbeatTime: now,
        lastTransitionTime: now,
    });
    const resources = {
        cpu: String(identity.cores),
        memory: `${identity.memoryMiB}Mi`,
        "ephemeral-storage": `${identity.diskGiB}Gi`,
        pods: "110",
        ...devices,
    };
    await client.request("PATCH", `/api/v1/nodes/${identity.name}/status`, {
        contentType: "application/strategic-merge-patch+json",
        body: {
            status: {
                capacity: resources,
                allocatable: {
                    ...resources,
                    cpu: `${identity.cores * 1000 - identity.reserved.milliCpu}m`,
                    memory: `${identity.memoryMiB - identity.reserved.memoryMiB}Mi`,
                },
                addresses: [
                    { type: "InternalIP", address: identity.address },
                    { type: "Hostname", address: identity.name },
                ],
                conditions: [
                    condition(
                        "MemoryPressure",
                        "False",
                        "KubeletHasSufficientMemory",
                        "kubelet has sufficient memory available",
                    ),
                    condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                    condition(
                        "PIDPressure",
                        "False",
                        "KubeletHasSufficientPID",
                        "kubelet has sufficient PID available",
                    ),
                    condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
                ],
                nodeInfo: {
                    machineID: "",
                    systemUUID: "",
                    bootID: "",
                    kernelVersion: "6.12.0",
                    osImage: SIMULATED,
                    containerRuntimeVersion: "simulated://",
                    kubeletVersion: identity.version,
                    kubeProxyVersion: "",
                    operatingSystem: "linux",
                    architecture: identity.architecture,
                },
            },
        },
    });
}

/** Renews the node's heartbeat; without it Kubernetes takes the node for dead after its grace period. */
export async function renewLease(client: KubeClient, nodeName: string): Promise<void> {
    const path = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases`;
    const spec = {
        holderIdentity: nodeName,
        leaseDurationSeconds: LEASE_SECONDS,
        renewTime: new Date().toISOString().replace("Z", "000Z"),
    };
    const body = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: nodeName }, spec };
    await client.apply(`${path}/${nodeName}`, body, "lab-kubelet");
}

/** Whether the node's Ready condition is true; also where the node is gone: it is registered again at the next boot only. */
export async function isNodeReady(client: KubeClient, nodeName: string): Promise<boolean> {
    const node = await client.find<KubeObject & { status?: { conditions?: { type: string; status: string }[] } }>(
        `/api/v1/nodes/${nodeName}`,
    );
    return !node?.status?.conditions?.some(({ type, status }) => type === "Ready" && status !== "True");
}

/** Tells the scheduler and the attach controller which CSI drivers run on the node. */
export async function writeCsiNode(client: KubeClient, nodeName: string, drivers: readonly string[]): Promise<void> {
    const node = await client.find(`/api/v1/nodes/${nodeName}`);
    if (!node) return;
    await client.apply(
        `/apis/storage.k8s.io/v1/csinodes/${nodeName}`,
        {
            apiVersion: "storage.k8s.io/v1",
            kind: "CSINode",
            metadata: {
                name: nodeName,
                ownerReferences: [{ apiVersion: "v1", kind: "Node", name: nodeName, uid: node.metadata.uid }],
            },
            spec: {
                drivers: drivers.map((name) => ({ name, nodeID: nodeName, topologyKeys: ["kubernetes.io/hostname"] })),
            },
        },
        "lab-kubelet",
    );
}
