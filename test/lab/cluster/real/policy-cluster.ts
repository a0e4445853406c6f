import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubeClient, KubeObject } from "../../../../lab/kube/client";
import { startControlPlane, type ControlPlane } from "../../../support/control-plane";
import { firstChild, NetworkNamespace } from "./network-namespace";
import { removeFolder } from "../../../support/scratch-folder";

/** A pod of the API and a network namespace that stands for it. */
export interface PolicyPod {
    readonly namespace: string;
    readonly name: string;
    readonly address: string;
    readonly network: NetworkNamespace;
}

export interface PodWish {
    readonly namespace: string;
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    /** Default `machine`. */
    readonly node?: NodeName;
    /** Ports with names. */
    readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
}

/** What runs on the machine. */
export interface Program {
    /** All that it wrote. */
    log(): string;
    /** `undefined` while it runs. */
    exitCode(): number | undefined;
    /** Memory that it has now, without what is swapped. */
    memoryBytes(): Promise<number>;
}

export type NodeName = "machine" | "neighbour";

/** Addresses of the two machines on their common network, and the third number of their pods' addresses. */
const NODES = {
    machine: { address: "192.168.20.21", subnet: 0 },
    neighbour: { address: "192.168.20.22", subnet: 1 },
} as const;
export const MACHINE_ADDRESS = NODES.machine.address;
/** Two addresses outside the cluster; packets reach them over the neighbour. */
export const OUTSIDE = { allowed: "192.168.50.10", excepted: "192.168.50.66" } as const;
/** Every pod, both machines and both outside addresses serve it. */
export const PORT = 8080;

/** A real API server, and two machines as network namespaces with routed pods, as the `ptp` plugin makes them. */
export class PolicyCluster {
    private readonly ends: (() => Promise<unknown>)[] = [];
    private readonly pods: Record<NodeName, number> = { machine: 0, neighbour: 0 };

    private constructor(
        readonly client: KubeClient,
        /** Kept until the end: kubeconfigs lie here. */
        private readonly folder: string,
        private readonly plane: ControlPlane,
        readonly machine: NetworkNamespace,
        readonly neighbour: NetworkNamespace,
    ) {}

    static async start(): Promise<PolicyCluster> {
        const [plane, machine, neighbour] = await Promise.all([
            startControlPlane(),
            NetworkNamespace.create(),
            NetworkNamespace.create(),
        ]);
        const folder = await mkdtemp(join(tmpdir(), "policy-"));
        const cluster = new PolicyCluster(plane.client, folder, plane, machine, neighbour);
        cluster.ends.push(
            () => machine.stop(),
            () => neighbour.stop(),
        );
        try {
            await cluster.joinMachines();
            await cluster.bringApi();
            await Promise.all([cluster.addNode("machine"), cluster.addNode("neighbour")]);
        } catch (error) {
            await cluster.stop();
            throw error;
        }
        return cluster;
    }

    async stop(): Promise<void> {
        await Promise.all(this.ends.map((end) => end()));
        await this.plane.stop();
        removeFolder(this.folder);
    }

    /** @returns the path of a kubeconfig for a user of the API, or for the administrator. */
    async kubeconfig(user?: string): Promise<string> {
        const path = join(this.folder, `${user ?? "admin"}.json`);
        const config = JSON.parse(this.plane.kubeconfig) as { users: { name: string; user: object }[] };
        const users = config.users.map(({ name, user: keys }) => ({ name, user: { ...keys, as: user } }));
        await writeFile(path, JSON.stringify({ ...config, users }));
        return path;
    }

    /** Starts a program on the machine, until the end. */
    run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
        const child = this.machine.start(command, args, env);
        let text = "";
        for (const stream of [child.stdout, child.stderr])
            stream?.on("data", (chunk: Buffer) => (text += chunk.toString()));
        return {
            log: () => text,
            exitCode: () => child.exitCode ?? undefined,
            memoryBytes: async () => {
                const status = await readFile(`/proc/${await firstChild(child.pid)}/status`, "utf8");
                return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
            },
        };
    }

    async addNamespace(name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
        await this.create("/api/v1/namespaces", { metadata: { name, labels } });
        await this.create(`/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: "default" } });
    }

    /** A pod that serves {@link PORT}, in the API and on the network. */
    async addPod({ namespace, name, labels = {}, node = "machine", ports = [] }: PodWish): Promise<PolicyPod> {
        const index = this.pods[node]++;
        const address = `10.42.${NODES[node].subnet}.${index + 2}`;
        const network = await NetworkNamespace.create();
        this.ends.push(() => network.stop());
        await this[node].attach(network, `pod${index}`, address);
        await network.serve(PORT);
        await this.create(`/api/v1/namespaces/${namespace}/pods`, {
            metadata: { name, labels },
            spec: { nodeName: node, containers: [{ name: "main", image: "none", ports }] },
        });
        const hostIP = NODES[node].address;
        await this.setStatus(`/api/v1/namespaces/${namespace}/pods/${name}`, {
            ...{ phase: "Running", podIP: address, podIPs: [{ ip: address }], hostIP, hostIPs: [{ ip: hostIP }] },
        });
        return { namespace, name, address, network };
    }

    async addPolicy(namespace: string, name: string, spec: object): Promise<void> {
        const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
        await this.create(path, { metadata: { name }, spec });
    }

    async removePolicies(namespace: string): Promise<void> {
        await this.client.request("DELETE", `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`);
    }

    async addService(namespace: string, name: string, clusterIP: string, endpoint: string): Promise<void> {
        await this.create(`/api/v1/namespaces/${namespace}/services`, {
            metadata: { name },
            spec: { clusterIP, ports: [{ port: PORT }] },
        });
        await this.create(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
            metadata: { name, labels: { "kubernetes.io/service-name": name } },
            addressType: "IPv4",
            endpoints: [{ addresses: [endpoint], conditions: { ready: true } }],
            ports: [{ name: "", port: PORT, protocol: "TCP" }],
        });
    }

    /** `null` takes a label away. */
    async relabel({ namespace, name }: PolicyPod, labels: Readonly<Record<string, string | null>>): Promise<void> {
        await this.client.request("PATCH", `/api/v1/namespaces/${namespace}/pods/${name}`, {
            contentType: "application/merge-patch+json",
            body: { metadata: { labels } },
        });
    }

    /** A role or its binding. */
    async createAccess(object: KubeObject): Promise<void> {
        const plural = `${object.kind ?? ""}s`.toLowerCase();
        await this.create(`/apis/${object.apiVersion ?? ""}/${plural}`, object);
    }

    private async create(path: string, object: KubeObject): Promise<void> {
        await this.client.request("POST", path, { body: object });
    }

    private async setStatus(path: string, status: object): Promise<void> {
        const contentType = "application/merge-patch+json";
        await this.client.request("PATCH", `${path}/status`, { contentType, body: { status } });
    }

    private async addNode(name: NodeName): Promise<void> {
        await this.create("/api/v1/nodes", { metadata: { name, labels: { "kubernetes.io/hostname": name } } });
        await this.setStatus(`/api/v1/nodes/${name}`, {
            addresses: [{ type: "InternalIP", address: NODES[name].address }],
        });
    }

    private async joinMachines(): Promise<void> {
        const { machine, neighbour } = this;
        const lan = ["link", "add", "lan", "type", "veth", "peer", "name", "lan", "netns", `${neighbour.pid}`];
        await machine.run("ip", lan);
        for (const [network, { address }] of [
            [machine, NODES.machine],
            [neighbour, NODES.neighbour],
        ] as const) {
            await network.run("ip", ["addr", "add", `${address}/24`, "dev", "lan"]);
            await network.run("ip", ["link", "set", "lan", "up"]);
            await network.serve(PORT);
        }
        for (const address of Object.values(OUTSIDE))
            await neighbour.run("ip", ["addr", "add", `${address}/32`, "dev", "lo"]);
        // Linux answers one client with six refusals at once and then one a second; these tests ask more often.
        await machine.run("sysctl", ["-qw", "net.ipv4.icmp_ratelimit=0"]);
        await machine.run("ip", ["route", "add", "default", "via", NODES.neighbour.address]);
        await neighbour.run("ip", ["route", "add", "10.42.0.0/24", "via", NODES.machine.address]);
    }

    /** The API server runs on the host; it is brought into the machine under the same address. */
    private async bringApi(): Promise<void> {
        const { hostname, port } = new URL(this.client.server);
        const path = join(this.folder, "api.sock");
        const server: Server = createServer((near) => {
            const far = connect(Number(port), hostname);
            for (const end of [near, far]) end.on("error", () => [near, far].forEach((socket) => socket.destroy()));
            near.pipe(far).pipe(near);
        });
        await new Promise<void>((done) => server.listen(path, done));
        this.ends.push(() => new Promise((done) => server.close(done)));
        await this.machine.forward(hostname, Number(port), path);
    }
}
