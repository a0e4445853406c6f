import type { GpuVendor } from "../../infra/gpu-vendor";
import type { Host, Machine } from "../../infra/inventory";
import type { K3sClusterArgs, MachineSecrets } from "../../infra/k3s";

/** A host of a house that exists in tests only. */
export function aHost(name = "pve-1", changes: Partial<Host> = {}): Host {
    return {
        name,
        address: "192.168.10.11",
        sshPort: 22,
        datastores: { files: "local", disks: "local-lvm" },
        gpu: undefined,
        ...changes,
    };
}

/** A machine of that house; a server unless told otherwise. */
function aMachine(name = "server-1", changes: Partial<Machine> = {}): Machine {
    const host = changes.host ?? aHost();
    return {
        name,
        role: "server",
        host,
        vmId: 201,
        address: "192.168.20.21",
        cores: 4,
        memoryMiB: 8192,
        diskGiB: 40,
        gpu: undefined,
        nfs: true,
        labels: { "topology.kubernetes.io/zone": host.name, "homelab/nfs": "true" },
        taints: [],
        ...changes,
    };
}

const [first, second, third] = [21, 22, 23].map((end, index) =>
    aMachine(`server-${index + 1}`, {
        address: `192.168.20.${end}`,
        vmId: 200 + index,
        host: aHost(`pve-${index + 1}`),
    }),
);

/** An agent with a GPU. */
export const agent = aMachine("agent-1", {
    role: "agent",
    address: "192.168.20.31",
    gpu: { model: "intel-uhd-630", vendor: "intel", mapping: "igpu-intel-uhd-630" },
});

/** The same agent with a GPU of that maker. */
export function agentWithGpuOf(vendor: GpuVendor): Machine {
    return { ...agent, gpu: { model: "any", vendor, mapping: "igpu-any" } };
}

/** Three servers on three hosts. */
export const servers = [first ?? aMachine(), second ?? aMachine(), third ?? aMachine()] as const;

/** A cluster of these. */
export function aCluster(changes: Partial<K3sClusterArgs> = {}): K3sClusterArgs {
    return {
        clusterName: "example",
        version: "v1.36.3+k3s1",
        servers,
        agents: [agent],
        podsCidr: "10.42.0.0/16",
        servicesCidr: "10.43.0.0/16",
        domain: "example.home.arpa",
        resolvers: {
            upstreams: [
                { name: "cloudflare-dns.com", addresses: ["1.1.1.1", "1.0.0.1"] },
                { name: "dns.google", addresses: ["8.8.8.8", "8.8.4.4"] },
            ],
            transport: "tls",
        },
        ...changes,
    };
}

/** What a machine of it may know, easy to find in a text. */
export const clusterSecrets: MachineSecrets = {
    serverToken: `K10${"0".repeat(64)}::server:passwordOfServers`,
    agentToken: `K10${"0".repeat(64)}::node:passwordOfAgents`,
    agentPassword: "passwordOfAgents",
    nodePassword: "passwordOfNode",
    tlsFiles: {
        "server-ca.crt": "bundle of server-ca\n",
        "server-ca.key": "key of server-ca\n",
        "etcd/peer-ca.key": "key of peers\n",
    },
};
