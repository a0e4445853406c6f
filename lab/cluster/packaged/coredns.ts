import type { KubeObject } from "../../kube/client";
import type { K3sConfig } from "../boot/k3s-config";
import { clusterRole, FOLLOW, serviceAccount, SYSTEM_TOLERATIONS, systemObject } from "./workload";

/** Name of the ConfigMap with the Corefile and, kept up to date, the nodes' names. */
export const COREDNS_CONFIG = "coredns";
/** Key of that ConfigMap: a hosts file of the nodes. */
export const NODE_HOSTS_KEY = "NodeHosts";

const LABELS = { "k8s-app": "kube-dns" };
const PORTS = [
    { name: "dns", port: 53, protocol: "UDP" },
    { name: "dns-tcp", port: 53, protocol: "TCP" },
    { name: "metrics", port: 9153, protocol: "TCP" },
];

/**
 * The cluster's DNS as k3s 1.36 packages it (`k3s-io/k3s:manifests/coredns.yaml`, order of the imports by its pull
 * request 12980): one pod, that takes `*.override` and `*.server` from the ConfigMap `coredns-custom` where there is one.
 */
export function corednsObjects(config: K3sConfig): KubeObject[] {
    return [
        serviceAccount("coredns"),
        ...clusterRole("system:coredns", "coredns", [
            { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs: FOLLOW },
            { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: FOLLOW },
        ]),
        // Without NodeHosts: that key is another manager's, and would be taken away here.
        systemObject("v1", "ConfigMap", COREDNS_CONFIG, { data: { Corefile: corefile(clusterDomain(config)) } }),
        systemObject("apps/v1", "Deployment", "coredns", { labels: LABELS, spec: deploymentSpec() }),
        systemObject("v1", "Service", "kube-dns", {
            labels: { ...LABELS, "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS" },
            annotations: { "prometheus.io/port": "9153", "prometheus.io/scrape": "true" },
            spec: { clusterIP: config.clusterDns, selector: LABELS, ports: PORTS },
        }),
    ];
}

function clusterDomain(config: K3sConfig): string {
    return config.critical["cluster-domain"] ?? "cluster.local";
}

/** Own forwards come before the default one, which is why the first import stands where it stands. */
function corefile(domain: string): string {
    return `.:53 {
    errors
    health
    ready
    kubernetes ${domain} in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
    }
    hosts /etc/coredns/${NODE_HOSTS_KEY} {
        ttl 60
        reload 15s
        fallthrough
    }
    prometheus :9153
    cache 30
    loop
    reload
    loadbalance
    import /etc/coredns/custom/*.override
    forward . /etc/resolv.conf
}
import /etc/coredns/custom/*.server
`;
}

function deploymentSpec() {
    return {
        // No replicas: who scales it keeps what he set.
        revisionHistoryLimit: 0,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
        selector: { matchLabels: LABELS },
        template: { metadata: { labels: LABELS }, spec: podSpec() },
    };
}

function podSpec() {
    const items = ["Corefile", NODE_HOSTS_KEY].map((key) => ({ key, path: key }));
    return {
        priorityClassName: "system-cluster-critical",
        serviceAccountName: "coredns",
        // The resolvers of its node, not itself.
        dnsPolicy: "Default",
        tolerations: SYSTEM_TOLERATIONS,
        nodeSelector: { "kubernetes.io/os": "linux" },
        topologySpreadConstraints: [
            {
                maxSkew: 1,
                topologyKey: "kubernetes.io/hostname",
                whenUnsatisfiable: "DoNotSchedule",
                labelSelector: { matchLabels: LABELS },
            },
        ],
        containers: [container()],
        volumes: [
            { name: "config-volume", configMap: { name: COREDNS_CONFIG, items } },
            { name: "custom-config-volume", configMap: { name: "coredns-custom", optional: true } },
        ],
    };
}

function container() {
    const probe = { timeoutSeconds: 1, successThreshold: 1, failureThreshold: 3 };
    return {
        name: "coredns",
        image: "rancher/mirrored-coredns-coredns:1.14.4",
        imagePullPolicy: "IfNotPresent",
        args: ["-conf", "/etc/coredns/Corefile"],
        resources: { limits: { memory: "170Mi" }, requests: { cpu: "100m", memory: "70Mi" } },
        ports: PORTS.map(({ name, port, protocol }) => ({ name, containerPort: port, protocol })),
        volumeMounts: [
            { name: "config-volume", mountPath: "/etc/coredns", readOnly: true },
            { name: "custom-config-volume", mountPath: "/etc/coredns/custom", readOnly: true },
        ],
        securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { add: ["NET_BIND_SERVICE"], drop: ["ALL"] },
            readOnlyRootFilesystem: true,
        },
        livenessProbe: {
            httpGet: { path: "/health", port: 8080, scheme: "HTTP" },
            ...{ initialDelaySeconds: 60, periodSeconds: 10, ...probe },
        },
        readinessProbe: {
            httpGet: { path: "/ready", port: 8181, scheme: "HTTP" },
            ...{ initialDelaySeconds: 0, periodSeconds: 2, ...probe },
        },
    };
}
