import type { MachineRole } from "../inventory";
import { publicFile, yaml, type GuestFile } from "./guest-files";

/** k3s' own settings are in `00-k3s-defaults.conf` of the folder; later files win, key by key. */
const KUBELET_PATH = "/var/lib/rancher/k3s/agent/etc/kubelet.conf.d/10-homelab.conf";
const LOGIND_PATH = "/etc/systemd/logind.conf.d/50-homelab.conf";

/**
 * Seconds that each class of pods has to end when its machine is shut down, lowest priority first. By priority and not
 * by the two usual periods: Longhorn's engines are just below what Kubernetes calls critical, and would be ended
 * together with the programs whose volumes they hold.
 */
const SHUTDOWN_SECONDS = [
    { priority: 0, shutdownGracePeriodSeconds: 60 },
    // Longhorn's priority class.
    { priority: 1_000_000_000, shutdownGracePeriodSeconds: 30 },
    // system-cluster-critical and system-node-critical.
    { priority: 2_000_000_000, shutdownGracePeriodSeconds: 20 },
] as const;

/**
 * So long a machine may take from the request to shut down until its last pod has ended, in seconds. Whoever shuts it
 * down waits longer than that: Proxmox' default is 180 s.
 */
export const NODE_SHUTDOWN_SECONDS = SHUTDOWN_SECONDS.reduce(
    (sum, { shutdownGracePeriodSeconds }) => sum + shutdownGracePeriodSeconds,
    0,
);

/** What is known of a machine when its pods' share of it is decided. */
export interface NodeSize {
    readonly role: MachineRole;
    readonly memoryMiB: number;
}

/** Kept from pods for k3s and for the system: processors in thousandths, memory in MiB. */
export interface NodeReserves {
    readonly kube: { readonly milliCpu: number; readonly memoryMiB: number };
    readonly system: { readonly milliCpu: number; readonly memoryMiB: number };
}

/**
 * k3s needs 1.6 GB as a server with etcd and 275 MB as an agent (`k3s-io/docs:docs/reference/resource-profiling.md`); of
 * a small machine it gets half, or nothing would be left for pods.
 */
export function nodeReserves({ role, memoryMiB }: NodeSize): NodeReserves {
    const share = (wanted: number, part: number): number => Math.min(wanted, Math.floor(memoryMiB / part));
    return {
        kube:
            role === "server"
                ? { milliCpu: 500, memoryMiB: share(1536, 2) }
                : { milliCpu: 100, memoryMiB: share(384, 8) },
        system: { milliCpu: 100, memoryMiB: share(512, 8) },
    };
}

function quantities({ milliCpu, memoryMiB }: NodeReserves["kube"]): Record<string, string> {
    return { cpu: `${milliCpu}m`, memory: `${memoryMiB}Mi` };
}

/** What the kubelet of a node is told, and systemd with it. */
export function kubeletFiles(size: NodeSize): GuestFile[] {
    const { kube, system } = nodeReserves(size);
    const settings = {
        apiVersion: "kubelet.config.k8s.io/v1beta1",
        kind: "KubeletConfiguration",
        shutdownGracePeriodByPodPriority: SHUTDOWN_SECONDS,
        kubeReserved: quantities(kube),
        systemReserved: quantities(system),
        // All of them: whoever names one loses the defaults of the others.
        evictionHard: {
            "memory.available": "200Mi",
            "nodefs.available": "10%",
            "nodefs.inodesFree": "5%",
            "imagefs.available": "10%",
            "imagefs.inodesFree": "5%",
        },
        // Images go before pods have to.
        imageGCHighThresholdPercent: 75,
        imageGCLowThresholdPercent: 65,
    };
    return [
        publicFile(KUBELET_PATH, yaml(settings)),
        // systemd waits for the kubelet no longer than that; its default is 5 s.
        publicFile(LOGIND_PATH, `[Login]\nInhibitDelayMaxSec=${NODE_SHUTDOWN_SECONDS + 10}\n`),
    ];
}
