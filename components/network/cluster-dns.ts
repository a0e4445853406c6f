import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import { images } from "../versions";
import { http, objectLabels, selectorLabels, Workload, type Identity, type PodArgs, type Probe } from "../workload";
import { corefile, HEALTH_PORT, METRICS_PORT, READY_PORT, type CorefileSettings } from "./corefile";

export interface ClusterDnsArgs extends CorefileSettings {
    /** The address that every pod is told, a fixed one of the services' network. */
    readonly address: string;
    /** Pods, each on a host of its own. */
    readonly replicas: number;
}

const identity: Identity = { name: "cluster-dns", app: "coredns", component: "dns", partOf: "network" };
/** Where everybody, and every chart's network policy, looks for the cluster's DNS. */
const NAMESPACE = "kube-system";
const LABELS = { "k8s-app": "kube-dns" };
const API_PORT = 6443;
const DNS_PORTS = [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
];

/**
 * The cluster's DNS in the place of the one that k3s packages and that the servers disable. That one is one pod with the
 * node's resolvers, and k3s writes its manifest anew at each start; two pods of it may be two machines of one host. Here
 * the pods are on two hosts, required, and nobody else writes them.
 *
 * The name of the Corefile's ConfigMap follows its content: a new one rolls the pods one by one, and one that CoreDNS
 * refuses stops at the first.
 */
export class ClusterDns extends pulumi.ComponentResource {
    readonly workload: Workload;

    constructor(name: string, args: ClusterDnsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:network:ClusterDns", name, { address: args.address, replicas: args.replicas }, opts);
        const text = corefile(args);
        const digest = createHash("sha256").update(text).digest("hex").slice(0, 8);
        const config = new k8s.core.v1.ConfigMap(
            `${name}-corefile`,
            {
                metadata: {
                    name: `${identity.name}-${digest}`,
                    namespace: NAMESPACE,
                    labels: objectLabels(identity),
                },
                data: { Corefile: text },
                immutable: true,
            },
            { parent: this },
        );
        const rights = this.createRights(name);
        this.createNetwork(name, args);
        this.workload = new Workload(
            `${name}-server`,
            {
                identity,
                namespace: NAMESPACE,
                run: { kind: "Deployment", replicas: args.replicas },
                after: rights,
                // The API server, which is wherever the Service `kubernetes` leads.
                reaches: [{ kind: "addresses", cidr: "0.0.0.0/0", ports: [API_PORT] }],
                weaken: {
                    "api-token": {
                        reason: "It follows Services and their endpoints.",
                        owner: "the house",
                        until: "2027-11-30",
                    },
                },
                ...pod(config.metadata.name),
            },
            { parent: this },
        );
        this.createService(name, args.address);
        this.registerOutputs({ address: args.address });
    }

    /** Reads what names are made of, and nothing else. */
    private createRights(name: string): pulumi.Resource[] {
        const metadata = { name: `homelab:${identity.name}`, labels: objectLabels(identity) };
        const read = ["list", "watch"];
        const role = new k8s.rbac.v1.ClusterRole(
            `${name}-reader`,
            {
                metadata,
                rules: [
                    { apiGroups: [""], resources: ["namespaces", "services"], verbs: read },
                    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: read },
                ],
            },
            { parent: this },
        );
        const binding = new k8s.rbac.v1.ClusterRoleBinding(
            `${name}-reads`,
            {
                metadata,
                roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
                subjects: [{ kind: "ServiceAccount", name: identity.name, namespace: NAMESPACE }],
            },
            { parent: this },
        );
        return [role, binding];
    }

    /** Everybody may ask; it asks only whom the Corefile names. */
    private createNetwork(name: string, { upstreams, transport, homeZone }: ClusterDnsArgs): void {
        const to = (addresses: readonly string[]) => addresses.map((each) => ({ ipBlock: { cidr: `${each}/32` } }));
        const world = {
            to: to(upstreams.flatMap(({ addresses }) => addresses)),
            ports: transport === "tls" ? [{ protocol: "TCP", port: 853 }] : DNS_PORTS,
        };
        const home = homeZone === undefined ? [] : [{ to: to(homeZone.resolvers), ports: DNS_PORTS }];
        new k8s.networking.v1.NetworkPolicy(
            `${name}-questions`,
            {
                metadata: { name: `${identity.name}-questions`, namespace: NAMESPACE, labels: objectLabels(identity) },
                spec: {
                    podSelector: { matchLabels: selectorLabels(identity) },
                    policyTypes: ["Ingress", "Egress"],
                    ingress: [{ ports: DNS_PORTS }],
                    egress: [world, ...home],
                },
            },
            { parent: this },
        );
    }

    private createService(name: string, address: string): void {
        const port = (portName: string, protocol: string) => ({
            name: portName,
            port: 53,
            targetPort: portName,
            protocol,
        });
        new k8s.core.v1.Service(
            `${name}-address`,
            {
                metadata: {
                    name: "kube-dns",
                    namespace: NAMESPACE,
                    labels: { ...objectLabels(identity), ...LABELS, "kubernetes.io/name": "CoreDNS" },
                },
                spec: {
                    clusterIP: address,
                    selector: selectorLabels(identity),
                    ports: [port("dns", "UDP"), port("dns-tcp", "TCP")],
                },
            },
            { parent: this, dependsOn: this.workload.controller },
        );
    }
}

/** @param configName name of the ConfigMap with the Corefile. */
function pod(configName: pulumi.Input<string>): PodArgs {
    const asks = (path: string, port: string, failures: number): Probe => ({
        check: http(path, port),
        everySeconds: 2,
        timeoutSeconds: 2,
        failures,
    });
    return {
        // As its image has it.
        runAs: { user: 65532, group: 65532 },
        labels: LABELS,
        priorityClass: "system-cluster-critical",
        // Its program carries this capability, and is not started without; it is also what port 53 takes.
        addCapabilities: ["NET_BIND_SERVICE"],
        container: {
            image: images.coredns,
            args: ["-conf", "/etc/coredns/Corefile"],
            resources: { cpu: "50m", memory: { request: "64Mi", limit: "192Mi" } },
            mounts: [
                {
                    volume: { kind: "config-files", name: "corefile", objectName: configName, mode: 0o444 },
                    path: "/etc/coredns",
                    readOnly: true,
                },
            ],
            serves: {
                ports: { "dns-tcp": 53, metrics: METRICS_PORT, health: HEALTH_PORT, ready: READY_PORT },
                udpPorts: { dns: 53 },
                probes: {
                    startup: asks("/health", "health", 30),
                    readiness: asks("/ready", "ready", 2),
                    liveness: asks("/health", "health", 10),
                },
            },
        },
    };
}
