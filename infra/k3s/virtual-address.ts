import { yaml } from "./guest-files";

/** The address at which the API server answers whichever server is away. */
export interface VirtualAddress {
    readonly address: string;
    /** Image of kube-vip, `registry/repository:tag`. */
    readonly image: string;
}

const NAME = "kube-vip";
const NAMESPACE = "kube-system";
const LABELS = { "app.kubernetes.io/name": NAME, "app.kubernetes.io/component": "virtual-address" };
const LEASE = "kube-vip-control-plane";
/** Seconds until another server takes the address of one that is silent. */
const LEASE_SECONDS = { duration: 5, renewal: 3, retry: 1 };

/** Nothing but the one lease that the servers hold in turn. */
function access(): object[] {
    const metadata = { name: NAME, namespace: NAMESPACE, labels: LABELS };
    const apiGroups = ["coordination.k8s.io"];
    return [
        { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false },
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "Role",
            metadata,
            rules: [
                { apiGroups, resources: ["leases"], verbs: ["create"] },
                { apiGroups, resources: ["leases"], resourceNames: [LEASE], verbs: ["get", "update"] },
            ],
        },
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "RoleBinding",
            metadata,
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: NAME },
            subjects: [{ kind: "ServiceAccount", name: NAME, namespace: NAMESPACE }],
        },
    ];
}

/** Names as `kube-vip/kube-vip:pkg/kubevip/config_envvar.go` of v1.2.3 has them. */
function environment(address: string): object[] {
    const values = {
        address,
        port: "6443",
        cp_enable: "true",
        cp_namespace: NAMESPACE,
        svc_enable: "false",
        vip_arp: "true",
        vip_subnet: "32",
        vip_leaderelection: "true",
        vip_leasename: LEASE,
        vip_leaseduration: String(LEASE_SECONDS.duration),
        vip_renewdeadline: String(LEASE_SECONDS.renewal),
        vip_retryperiod: String(LEASE_SECONDS.retry),
        // Its default is every address of the machine.
        prometheus_server: "127.0.0.1:2112",
        // The server's own API and not any: one whose API is dead must lose the address, not keep it by another's.
        KUBERNETES_SERVICE_HOST: "127.0.0.1",
        KUBERNETES_SERVICE_PORT: "6443",
    };
    return [
        ...Object.entries(values).map(([name, value]) => ({ name, value })),
        { name: "vip_nodename", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
    ];
}

function daemonSet({ address, image }: VirtualAddress): object {
    const container = {
        name: NAME,
        image,
        imagePullPolicy: "IfNotPresent",
        args: ["manager"],
        env: environment(address),
        resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "128Mi" } },
        securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            // It gives the address to the network card, and tells the network by ARP.
            capabilities: { drop: ["ALL"], add: ["NET_ADMIN", "NET_RAW"] },
            seccompProfile: { type: "RuntimeDefault" },
        },
    };
    return {
        apiVersion: "apps/v1",
        kind: "DaemonSet",
        metadata: { name: NAME, namespace: NAMESPACE, labels: LABELS },
        spec: {
            selector: { matchLabels: LABELS },
            template: {
                metadata: { labels: LABELS },
                spec: {
                    serviceAccountName: NAME,
                    automountServiceAccountToken: true,
                    priorityClassName: "system-node-critical",
                    hostNetwork: true,
                    nodeSelector: { "node-role.kubernetes.io/control-plane": "true" },
                    // It is what a node needs to become ready.
                    tolerations: [{ operator: "Exists" }],
                    containers: [container],
                },
            },
        },
    };
}

/**
 * kube-vip on the servers, as a manifest on their disks: no machine could join without it, so it cannot wait for what is
 * installed through the API. The same on all of them. It has no probes: its health port would be open to the whole
 * network, and a server that does not renew the lease loses the address anyway.
 */
export function virtualAddressManifest(virtual: VirtualAddress): string {
    return [...access(), daemonSet(virtual)].map(yaml).join("---\n");
}
