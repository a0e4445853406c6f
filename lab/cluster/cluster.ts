import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { KubeClient } from "../kube/client";
import type { Operator } from "../operators";
import type { LabPaths } from "../paths";
import { pause } from "../pause";
import { reasonOf } from "../reason";
import { ApiAddresses } from "./api-addresses";
import type { BodyFactory, MachineSpec } from "./body";
import { refusal } from "./boot/admission";
import { K3sFatalError, type K3sConfig } from "./boot/k3s-config";
import { readBootstrap, writeBootstrap, type Bootstrap } from "./bootstrap";
import type { Chassis, PoweredMachine, RunningNode } from "./chassis";
import { API_PORT, ControlPlane, type ControlPlaneTools } from "./control-plane";
import { startControllers, type Controllers } from "./controllers";
import { joinForeignNode, type ForeignNode } from "./foreign-node";
import type { Guest } from "./guest";
import { Machine, type JoinableCluster } from "./machine";
import { identityOf } from "./node-identity";
import { NodePasswords } from "./node-passwords";
import type { SimulatedKubelet } from "./simulated/kubelet";

export interface ClusterOptions {
    readonly paths: LabPaths;
    readonly tools: ControlPlaneTools;
    /** What the machines are made of. */
    readonly chassis: Chassis;
    /** File with Traefik's custom resource definitions, which k3s installs with its packaged Traefik. */
    readonly traefikCrds: string;
    readonly foreignNodes: readonly ForeignNode[];
    /** Operators of the house whose programs run where containers do; default: none. */
    readonly operators?: readonly Operator[];
    /** Seconds without a heartbeat until a node counts as lost; Kubernetes' default is 50. */
    readonly nodeGraceSeconds?: number;
    readonly log: (line: string) => void;
}

interface ServerOn {
    readonly node: string;
    readonly address: string;
    /** When it began to count, in milliseconds since 1970: before any container of its present boot. */
    readonly sinceMs: number;
}

interface Running {
    readonly plane: ControlPlane;
    readonly client: KubeClient;
    readonly controllers: Controllers;
    readonly attendance: { stop(): void };
}

const RETRY_MS = 500;
/** A machine that cannot join says so again after this many tries. */
const NARRATE_EVERY = 20;

/** The Kubernetes cluster that the lab's machines form by booting. */
export class Cluster implements JoinableCluster {
    /** Bodies for the emulated Proxmox to switch on. */
    readonly bodies: BodyFactory;
    private running: Running | undefined;
    private foreign: SimulatedKubelet[] = [];
    private bootstrap: Bootstrap | undefined;
    /** Servers that count for the quorum, by the name of the machine. */
    private readonly serversOn = new Map<string, ServerOn>();
    private readonly addresses: ApiAddresses;
    private readonly passwords: NodePasswords;
    /** The last change of the control plane: changes happen one after the other. */
    private change: Promise<void> = Promise.resolve();

    constructor(private readonly options: ClusterOptions) {
        const { chassis } = options;
        this.addresses = new ApiAddresses(chassis.site, options.log);
        this.passwords = new NodePasswords(join(options.paths.cluster, "node-passwords"));
        this.bodies = {
            kind: chassis.kind,
            create: (machine, console) => new Machine(machine, chassis, this, console),
            discard: async ({ name }) => {
                await chassis.discard(name);
                this.passwords.discard(name);
                await this.forget(name);
            },
        };
        mkdirSync(options.paths.cluster, { recursive: true, mode: 0o700 });
        this.bootstrap = readBootstrap(this.bootstrapFile);
    }

    /** Administrator's kubeconfig; `undefined` while no control plane runs. */
    get kubeconfig(): string | undefined {
        return this.running?.plane.kubeconfig;
    }

    /** A quarter of the grace period at most, or a busy machine would lose nodes. */
    private get heartbeatMs(): number {
        return Math.min(10_000, (this.options.nodeGraceSeconds ?? 50) * 250);
    }

    async stop(): Promise<void> {
        this.serversOn.clear();
        await this.reconcile();
    }

    async join(
        guest: Guest,
        powered: PoweredMachine,
        console: (line: string) => void,
        power: AbortSignal,
    ): Promise<RunningNode | undefined> {
        const { config, machine } = guest;
        const name = config.nodeName ?? machine.name;
        const address = config.nodeIp ?? machine.interfaces[0]?.address;
        if (address === undefined)
            throw new K3sFatalError('k3s: level=fatal msg="no default routes found" (the machine has no address)');
        // The first server starts a cluster of its own; what etcd holds already wins over `cluster-init`.
        if (config.role === "server" && config.clusterInit && this.bootstrap === undefined)
            this.remember({ config, address, members: [machine.name] });
        for (let attempt = 0; !power.aborted; attempt++) {
            const candidate = { machine: machine.name, node: name, given: config.nodePassword };
            const obstacle =
                (await this.admit(machine.name, { node: name, address }, config, console)) ??
                (this.running && (await this.passwords.refusal(this.running.client, candidate)));
            if (obstacle === undefined && this.running) {
                const { plane, client, controllers } = this.running;
                try {
                    const node = await powered.startNode({
                        ...{ guest, plane, client, console, power, heartbeatMs: this.heartbeatMs },
                        identity: identityOf(name, address, machine, config),
                    });
                    console(`k3s: node ${name} registered`);
                    if (config.role === "server") void controllers.deployManifests(config.manifests ?? {});
                    return node;
                } catch (error) {
                    console(`k3s: level=error msg="unable to register node: ${reasonOf(error)}"`);
                }
            } else if (obstacle?.includes("level=fatal")) throw new K3sFatalError(`k3s: ${obstacle}`);
            if (attempt % NARRATE_EVERY === 0) console(`k3s: ${obstacle ?? "waiting for the API server"}`);
            await pause(RETRY_MS, power);
        }
        return undefined;
    }

    async left(machine: MachineSpec): Promise<void> {
        const server = this.serversOn.get(machine.name);
        if (!server) return;
        this.serversOn.delete(machine.name);
        await this.addresses.close(server.address);
        this.running?.controllers.serversChanged();
        await this.reconcile();
    }

    /** A server's disk is gone, and its share of etcd with it; with the last one the cluster is. */
    private async forget(name: string): Promise<void> {
        const { bootstrap } = this;
        if (!bootstrap?.members.includes(name)) return;
        this.serversOn.delete(name);
        const members = bootstrap.members.filter((member) => member !== name);
        if (members.length > 0) {
            this.remember({ ...bootstrap, members });
            return;
        }
        this.bootstrap = undefined;
        await this.reconcile();
        rmSync(this.options.paths.cluster, { recursive: true, force: true });
        rmSync(this.options.paths.kubeconfig, { force: true });
        mkdirSync(this.options.paths.cluster, { recursive: true, mode: 0o700 });
    }

    private get bootstrapFile(): string {
        return join(this.options.paths.cluster, "bootstrap.json");
    }

    /** Lets a server count for the quorum; gives the reason why a machine cannot join yet. */
    private async admit(
        name: string,
        server: { readonly node: string; readonly address: string },
        config: K3sConfig,
        console: (line: string) => void,
    ): Promise<string | undefined> {
        const { bootstrap } = this;
        if (!bootstrap) return connectionRefused(config);
        const member = config.role === "server" && bootstrap.members.includes(name);
        if (!member) {
            if (!this.running) return config.clusterInit ? secondCluster(bootstrap) : connectionRefused(config);
            const { plane } = this.running;
            const other = config.rejoin.find((each) => this.addresses.answers(each));
            if (config.clusterInit && other === undefined) return secondCluster(bootstrap);
            const candidate = other === undefined ? config : { ...config, server: `https://${other}:${API_PORT}` };
            const why = refusal(candidate, {
                answers: (address) => this.addresses.answers(address),
                names: [bootstrap.address, ...bootstrap.config.tlsSans],
                caHash: plane.caHash,
                config: bootstrap.config,
            });
            if (why !== undefined || config.role === "agent") return why;
            this.remember({ ...bootstrap, members: [...bootstrap.members, name] });
        }
        if (!this.serversOn.has(name) || !this.running) {
            this.serversOn.set(name, { ...server, sinceMs: Date.now() });
            try {
                await this.addNames(config.tlsSans);
                await this.reconcile(console);
                if (this.running) await this.addresses.open(server.address);
                this.running?.controllers.serversChanged();
            } catch (error) {
                return `level=error msg="${reasonOf(error)}"`;
            }
        }
        return this.running
            ? undefined
            : `level=info msg="waiting for a quorum of etcd: ${this.serversOn.size} of ${this.bootstrap?.members.length ?? 0} servers are on"`;
    }

    /** A server that starts adds its names to the one certificate of all (`rancher/dynamiclistener:listener.go`). */
    private async addNames(names: readonly string[]): Promise<void> {
        const { bootstrap } = this;
        const tlsSans = [...new Set([...(bootstrap?.config.tlsSans ?? []), ...names])];
        if (!bootstrap || tlsSans.length === bootstrap.config.tlsSans.length) return;
        this.remember({ ...bootstrap, config: { ...bootstrap.config, tlsSans } });
        await this.running?.plane.answerAs(tlsSans);
    }

    private remember(bootstrap: Bootstrap): void {
        this.bootstrap = bootstrap;
        writeBootstrap(this.bootstrapFile, bootstrap);
    }

    /** Starts or stops the control plane as the servers' majority demands. */
    private reconcile(console: (line: string) => void = () => undefined): Promise<void> {
        const next = this.change.then(async () => {
            const members = this.bootstrap?.members.length ?? 0;
            const quorum = this.serversOn.size > members / 2;
            if (quorum && !this.running) await this.startControlPlane(console);
            if (!quorum && this.running) await this.stopControlPlane();
        });
        this.change = next.catch(() => undefined);
        return next;
    }

    private async startControlPlane(console: (line: string) => void): Promise<void> {
        const { bootstrap, options } = this;
        if (!bootstrap) return;
        const { paths, tools, nodeGraceSeconds, chassis } = options;
        const { address, config } = bootstrap;
        const plane = await ControlPlane.start({
            paths,
            tools,
            address,
            config,
            console,
            site: chassis.site,
            ...(nodeGraceSeconds && { nodeGraceSeconds }),
        });
        console(`k3s: the API server answers at ${plane.url}`);
        const client = KubeClient.fromKubeconfig(plane.kubeconfig);
        try {
            const { traefikCrds, operators = [], log } = options;
            const { kind: bodies, storage: folders } = chassis;
            const attendance = await chassis.attend(client);
            for (const server of this.serversOn.values()) await this.addresses.open(server.address);
            const onSince = (node: string) => {
                const server = [...this.serversOn.values()].find((one) => one.node === node);
                // Where no container runs, none starts anew either.
                return server && (bodies === "real" ? server.sinceMs : 0);
            };
            const controllers = await startControllers({
                ...{ client, config, traefikCrds, operators, log, bodies, virtual: { doors: this.addresses, onSince } },
                ...(folders && { folders }),
            });
            this.running = { plane, client, controllers, attendance };
        } catch (error) {
            client.close();
            await plane.stop();
            throw error;
        }
        const { heartbeatMs } = this;
        const joining = { client, bodies: chassis.kind, version: config.version, heartbeatMs, log: options.log };
        this.foreign = options.foreignNodes.map((node) => joinForeignNode(node, joining));
    }

    private async stopControlPlane(): Promise<void> {
        const { running } = this;
        this.running = undefined;
        for (const kubelet of this.foreign) kubelet.stop();
        this.foreign = [];
        running?.attendance.stop();
        running?.controllers.stop();
        await this.addresses.closeAll();
        await running?.plane.stop();
        running?.client.close();
    }
}

/** What would happen in a house is worse than a machine that does not join: two clusters with the same keys. */
function secondCluster({ members }: Bootstrap): string {
    return `level=fatal msg="cluster-init on an empty disk" (no server of the cluster answers at the addresses that this machine asks; a real k3s would make a second cluster beside that of ${members.join(", ")}, the lab makes none)`;
}

function connectionRefused(config: K3sConfig): string {
    return `level=error msg="failed to get CA certs: Get \\"${config.server ?? ""}/cacerts\\": connect: connection refused"`;
}
