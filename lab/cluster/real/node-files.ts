import { stringify } from "yaml";
import type { K3sConfig } from "../boot/k3s-config";
import type { NodeIdentity } from "../node-identity";

/** Paths of a node's files, as its machine sees them. */
export const NODE_PATHS = {
    containerdConfig: "/etc/containerd/config.toml",
    containerdSocket: "/run/containerd/containerd.sock",
    kubeletConfig: "/etc/kubernetes/kubelet.yaml",
    kubeletKubeconfig: "/etc/kubernetes/kubelet.kubeconfig",
    clientAuthority: "/etc/kubernetes/client-ca.crt",
    proxyConfig: "/etc/kubernetes/kube-proxy.yaml",
    proxyKubeconfig: "/etc/kubernetes/kube-proxy.kubeconfig",
    policyKubeconfig: "/etc/kubernetes/network-policy.kubeconfig",
    cniConfig: "/etc/cni/net.d/10-lab.conflist",
} as const;

/** The image of the process that holds a pod's namespaces. */
export const SANDBOX_IMAGE = "lab.local/pause:1";

/** Measured over the whole machine that runs the lab; a threshold of 0 % is none. */
const EVICTION_SIGNALS = [
    "memory.available",
    "nodefs.available",
    "nodefs.inodesFree",
    "imagefs.available",
    "imagefs.inodesFree",
];

/** Labels that a kubelet may not give to itself; k3s' servers give them to their nodes. */
const RESERVED = /^node-role\.kubernetes\.io\//;

/** Settings of containerd 2.3 (`containerd config default`); what is not here is its default. */
export function containerdConfig(): string {
    return `version = 3
root = '/var/lib/containerd'
state = '/run/containerd'
# A lower score may be forbidden where the lab runs.
oom_score = 0
disabled_plugins = ['io.containerd.nri.v1.nri', 'io.containerd.tracing.processor.v1.otlp', 'io.containerd.internal.v1.tracing']

[grpc]
  address = '${NODE_PATHS.containerdSocket}'

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '${SANDBOX_IMAGE}'

[plugins.'io.containerd.cri.v1.runtime']
  # Without it each sandbox ends in "can't get final child's PID from pipe: EOF".
  restrict_oom_score_adj = true

[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ['/usr/lib/cni']
  conf_dir = '/etc/cni/net.d'

[plugins.'io.containerd.grpc.v1.cri']
  stream_server_address = '127.0.0.1'
`;
}

/**
 * A pod with a block volume waits until its node's status lists the volume, which k3s' kubelets tell every 10 s: 5 s to 8 s
 * for each such pod of a house that comes up. Where nothing has changed, nothing is sent.
 */
const STATUS_MS = 500;

export interface KubeletSettings {
    readonly identity: NodeIdentity;
    readonly config: K3sConfig;
    /** Such as `homelab-lab-0/k3s-agent-1`. */
    readonly cgroup: string;
    readonly heartbeatMs: number;
}

/** A `KubeletConfiguration` of Kubernetes 1.36, with what k3s sets and what the lab needs (see the comments). */
export function kubeletConfig({ identity, config, cgroup, heartbeatMs }: KubeletSettings): string {
    return stringify({
        apiVersion: "kubelet.config.k8s.io/v1beta1",
        kind: "KubeletConfiguration",
        address: identity.address,
        authentication: {
            anonymous: { enabled: false },
            webhook: { enabled: true },
            x509: { clientCAFile: NODE_PATHS.clientAuthority },
        },
        authorization: { mode: "Webhook" },
        clusterDNS: [config.clusterDns],
        clusterDomain: "cluster.local",
        ...(config.resolvConf !== undefined && { resolvConf: config.resolvConf }),
        containerRuntimeEndpoint: `unix://${NODE_PATHS.containerdSocket}`,
        cgroupDriver: "cgroupfs",
        cgroupRoot: `/${cgroup}`,
        // The older hierarchy is what some machines still have; kubelet 1.35 and later refuse it unless told.
        failCgroupV1: false,
        failSwapOn: false,
        // Lower scores and more files may be forbidden where the lab runs.
        oomScoreAdj: 0,
        maxOpenFiles: 20_000,
        serializeImagePulls: false,
        registerWithTaints: identity.taints,
        nodeStatusUpdateFrequency: `${Math.min(heartbeatMs, STATUS_MS)}ms`,
        nodeLeaseDurationSeconds: Math.max(4, Math.round((heartbeatMs * 4) / 1000)),
        readOnlyPort: 0,
        kubeReserved: config.kubelet.kubeReserved,
        systemReserved: config.kubelet.systemReserved,
        // Memory and disk are those of the machine that runs the lab: how full they are says nothing of the house.
        evictionHard: Object.fromEntries(EVICTION_SIGNALS.map((signal) => [signal, "0%"])),
        imageGCHighThresholdPercent: 100,
        imageGCLowThresholdPercent: 99,
    });
}

/** Command line of kubelet. */
export function kubeletArguments({ name, address, labels }: NodeIdentity): string[] {
    const own = Object.entries(labels).filter(([key]) => !RESERVED.test(key));
    return [
        ...["--config", NODE_PATHS.kubeletConfig, "--kubeconfig", NODE_PATHS.kubeletKubeconfig],
        ...["--hostname-override", name, "--node-ip", address, "--cert-dir", "/var/lib/kubelet/pki"],
        ...(own.length > 0 ? ["--node-labels", own.map(([key, value]) => `${key}=${value}`).join(",")] : []),
    ];
}

/** Labels that somebody else has to give to the node. */
export function reservedLabels({ labels }: NodeIdentity): Record<string, string> {
    return Object.fromEntries(Object.entries(labels).filter(([key]) => RESERVED.test(key)));
}

/** A `KubeProxyConfiguration`: nftables, as nothing of the older tables is needed. */
export function proxyConfig(name: string, config: K3sConfig): string {
    return stringify({
        apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
        kind: "KubeProxyConfiguration",
        mode: "nftables",
        clientConnection: { kubeconfig: NODE_PATHS.proxyKubeconfig },
        clusterCIDR: config.clusterCidr,
        hostnameOverride: name,
        // Zero leaves the kernel's limits alone, which are not the machine's own.
        conntrack: { maxPerCore: 0, min: 0, tcpCloseWaitTimeout: "0s", tcpEstablishedTimeout: "0s" },
    });
}

/** The pods' network: a link of each pod to its machine, routes between machines by the lab. */
export function cniConfig(podCidr: string): string {
    const ipam = {
        type: "host-local",
        ranges: [[{ subnet: podCidr }]],
        routes: [{ dst: "0.0.0.0/0" }],
        dataDir: "/run/cni",
    };
    return JSON.stringify({
        cniVersion: "0.4.0",
        name: "lab",
        plugins: [
            { type: "ptp", ipMasq: false, mtu: 1500, ipam },
            { type: "portmap", capabilities: { portMappings: true } },
        ],
    });
}
