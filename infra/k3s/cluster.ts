import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { JoinedNode, Machine, MachineRole } from "../inventory";
import type { Ups } from "../ups";
import { agentConfig } from "./agent-config";
import { auditPolicyFile } from "./audit";
import { ClusterCertificates } from "./certificates";
import { cloudConfig } from "./cloud-config";
import type { Install } from "./install";
import { joinToken } from "./join-token";
import { joinedConfig } from "./joined-config";
import { kubeconfig } from "./kubeconfig";
import { kubeletFiles } from "./kubelet";
import { registriesFile } from "./registry-mirror";
import type { Resolvers } from "./resolvers";
import { serverConfig, type ServerStart } from "./server-config";
import { traefikSettings } from "./traefik-settings";
import { upsClient } from "./ups";
import type { TraefikNeeds } from "./traefik-values";
import { virtualAddressManifest, type VirtualAddress } from "./virtual-address";

export interface K3sClusterArgs {
    /** Name of the cluster and of its context. */
    readonly clusterName: string;
    /** Exact release of k3s. */
    readonly version: string;
    /** The first of them makes the cluster. */
    readonly servers: readonly [Machine, ...Machine[]];
    readonly agents: readonly Machine[];
    readonly podsCidr: string;
    readonly servicesCidr: string;
    readonly domain: string;
    /** Where the API server answers; without it, at the first server. */
    readonly virtualAddress?: VirtualAddress | undefined;
    /** Secret in `kube-system` that says to which bucket snapshots of etcd are copied; default: nowhere. */
    readonly snapshotSecret?: string | undefined;
    readonly resolvers: Resolvers;
    /** Public SSH keys of those who may log in to the machines; default: nothing is done about keys. */
    readonly sshAuthorizedKeys?: readonly string[] | undefined;
    /** The UPS that tells machines of a power failure, with its password; absent in a house without. */
    readonly ups?: pulumi.Output<Ups> | undefined;
    /**
     * Address of the ingress that moves from node to node, announced by a load balancer other than k3s' own, which is
     * switched off then. Default: the addresses of the nodes.
     */
    readonly ingressAddress?: string | undefined;
    /** Labels that a machine's node has when it joins, by its role; others may change them from then on. Default: none. */
    readonly joinLabels?: Readonly<Record<MachineRole, Readonly<Record<string, string>>>> | undefined;
}

/** What only machines of the cluster may know. */
export interface ClusterSecrets {
    readonly serverToken: string;
    readonly agentToken: string;
    readonly agentPassword: string;
    readonly tlsFiles: Readonly<Record<string, string>>;
    readonly ups?: Ups | undefined;
}

/** What one of them may know. */
export interface MachineSecrets extends ClusterSecrets {
    readonly nodePassword: string;
}

/**
 * A k3s cluster on paper: its certificates, its tokens, its kubeconfig, and the user-data of each of its machines. All
 * of it is known before a machine exists; what is missing then are the machines.
 */
export class K3sCluster extends pulumi.ComponentResource {
    /** Administrator's kubeconfig; secret. */
    readonly kubeconfig: pulumi.Output<string>;
    /** `https://<virtual address>:6443`, or the first server's. */
    readonly url: string;
    private readonly args: K3sClusterArgs;
    private readonly secrets: pulumi.Output<ClusterSecrets>;
    /** By name of the machine. */
    private readonly nodePasswords: ReadonlyMap<string, pulumi.Output<string>>;

    constructor(name: string, args: K3sClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:k3s:K3sCluster", name, { clusterName: args.clusterName, version: args.version }, opts);
        this.args = args;
        this.url = clusterUrl(args);
        const certificates = new ClusterCertificates(
            `${name}-pki`,
            { clusterName: args.clusterName },
            { parent: this },
        );
        const password = (use: string) => newPassword(`${name}-${use}`, this);
        this.kubeconfig = this.adminKubeconfig(certificates);
        this.secrets = pulumi.secret(
            pulumi
                .all([
                    certificates.rootPem,
                    password("server-token"),
                    password("agent-token"),
                    pulumi.all(certificates.serverFiles),
                    args.ups,
                ])
                .apply(([root, server, agent, tlsFiles, ups]) => ({
                    serverToken: joinToken(root, "server", server),
                    agentToken: joinToken(root, "node", agent),
                    agentPassword: agent,
                    tlsFiles,
                    ups,
                })),
        );
        this.nodePasswords = new Map(
            [...args.servers, ...args.agents].map((machine) => [machine.name, password(`${machine.name}-password`)]),
        );
        this.registerOutputs({ url: this.url });
    }

    /** The user-data of one of its machines; secret. */
    cloudConfig(machine: Machine): pulumi.Output<string> {
        return pulumi.all([this.secrets, this.nodePasswords.get(machine.name)]).apply(([secrets, nodePassword]) => {
            if (nodePassword === undefined) throw new Error(`${machine.name} is no machine of this cluster`);
            return machineCloudConfig(this.args, this.url, machine, { ...secrets, nodePassword });
        });
    }

    /** The configuration of k3s on a node that somebody else runs, with its token; secret. */
    joinedConfig(node: JoinedNode): pulumi.Output<string> {
        return this.secrets.apply(({ agentToken }) => joinedConfig(node, this.url, agentToken));
    }

    private adminKubeconfig(certificates: ClusterCertificates): pulumi.Output<string> {
        const { serverBundlePem, adminCertificatePem, adminKeyPem } = certificates;
        const parts = pulumi.all([serverBundlePem, adminCertificatePem, adminKeyPem]);
        return pulumi.secret(
            parts.apply(([authorityPem, certificatePem, keyPem]) =>
                kubeconfig({
                    clusterName: this.args.clusterName,
                    server: this.url,
                    authorityPem,
                    certificatePem,
                    keyPem,
                }),
            ),
        );
    }
}

/** Letters and digits only: a token is split at colons. */
function newPassword(name: string, parent: pulumi.Resource): pulumi.Output<string> {
    return new random.RandomPassword(name, { length: 48, special: false }, { parent }).result;
}

/** Where machines and administrators reach the API server. */
export function clusterUrl({ servers, virtualAddress }: K3sClusterArgs): string {
    return `https://${virtualAddress?.address ?? servers[0].address}:6443`;
}

/** Pure: what one machine of the cluster is told. */
export function machineCloudConfig(
    args: K3sClusterArgs,
    url: string,
    machine: Machine,
    secrets: MachineSecrets,
): string {
    const isServer = machine.role === "server";
    const isFirst = machine.name === args.servers[0].name;
    const install: Install = {
        role: machine.role,
        version: args.version,
        start: startOf(args, url, machine),
    };
    return cloudConfig({
        hostname: machine.name,
        domain: args.domain,
        resolvers: args.resolvers,
        sshAuthorizedKeys: args.sshAuthorizedKeys,
        k3s: k3sSettings(args, url, machine, secrets),
        nodePassword: secrets.nodePassword,
        install,
        gpu: machine.gpu?.vendor,
        ups: upsClient(machine.role, secrets.ups),
        files: [...kubeletFiles(machine), registriesFile(), ...(isServer ? [auditPolicyFile()] : [])],
        ...(isFirst ? { tlsFiles: secrets.tlsFiles } : {}),
        ...(isServer ? { manifests: serverManifests(args) } : {}),
    });
}

function startOf({ servers, virtualAddress }: K3sClusterArgs, url: string, machine: Machine): Install["start"] {
    const others = servers.filter(({ name }) => name !== machine.name).map(({ address }) => address);
    if (machine.role === "agent") return { kind: "join", url };
    if (machine.name === servers[0].name) return { kind: "first", others };
    return { kind: "further", addresses: [...(virtualAddress ? [virtualAddress.address] : []), ...others] };
}

function k3sSettings(args: K3sClusterArgs, url: string, machine: Machine, secrets: ClusterSecrets) {
    const { name, address, labels, taints } = machine;
    const node = { name, address, labels, taints, joinLabels: args.joinLabels?.[machine.role] };
    if (machine.role === "agent") {
        return agentConfig({ node, serverUrl: url, token: secrets.agentToken });
    }
    const start: ServerStart = name === args.servers[0].name ? { kind: "first" } : { kind: "join", url };
    const apiNames = [...(args.virtualAddress ? [args.virtualAddress] : []), ...args.servers].map((one) => one.address);
    const serviceLb = args.ingressAddress === undefined;
    const cluster = { podsCidr: args.podsCidr, servicesCidr: args.servicesCidr, apiNames, serviceLb };
    const { serverToken: token, agentPassword } = secrets;
    return serverConfig({ node, cluster, start, token, agentPassword, snapshotSecret: args.snapshotSecret });
}

/** What k3s applies by itself, the same on all servers. */
function serverManifests(args: K3sClusterArgs): Record<string, string> {
    return {
        "traefik-settings.yaml": traefikSettings(ingressNeeds(args)),
        ...(args.virtualAddress === undefined ? {} : { "kube-vip.yaml": virtualAddressManifest(args.virtualAddress) }),
    };
}

/** Two ways in where there are two hosts to put them on. */
function ingressNeeds(args: K3sClusterArgs): TraefikNeeds {
    const hosts = new Set([...args.servers, ...args.agents].map(({ host }) => host.name));
    return { replicas: Math.min(2, hosts.size), floatingAddress: args.ingressAddress };
}
