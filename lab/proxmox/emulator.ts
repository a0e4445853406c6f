import type { Server } from "node:https";
import { join } from "node:path";
import type { BodyFactory } from "../cluster/body";
import { issueCertificate } from "../pki/certificate";
import { reasonOf } from "../reason";
import { Access } from "./access";
import { serveApi } from "./api-server";
import { hostNamed, type Cluster, type HostDefinition } from "./cluster";
import { ClusterFile } from "./cluster-state";
import {
    authorityFile,
    ensureUsers,
    loadAuthority,
    loadCredentials,
    loadHostKey,
    type Credentials,
} from "./credentials";
import { MachinePower } from "./machine-power";
import { machineName } from "./machine-spec";
import { accessRoutes } from "./routes-access";
import { clusterRoutes } from "./routes-cluster";
import { haRoutes } from "./routes-ha";
import { pciRoutes } from "./routes-pci";
import { powerRoutes } from "./routes-power";
import { taskRoutes } from "./routes-tasks";
import { storageRoutes } from "./routes-storage";
import { vmRoutes } from "./routes-vm";
import { serveSsh, type SshServer } from "./ssh-server";
import { DEFAULT_STORAGES, Storages, type StorageDefinition } from "./storage";
import { Tasks } from "./tasks";

export interface ProxmoxOptions {
    readonly hosts: readonly HostDefinition[];
    /** Folder of the cluster's state, secrets and snippets (`LabPaths.proxmox`). */
    readonly folder: string;
    /** Folder of the logs (`LabPaths.logs`); consoles go to `machines/<name>.log` below it. */
    readonly logs: string;
    /** Gives each machine that is switched on its body. */
    readonly bodies: BodyFactory;
    /** Datastores that each host has. Default {@link DEFAULT_STORAGES}. */
    readonly storages?: readonly StorageDefinition[];
    /** Least time that a task takes, in milliseconds. Default 0: clients ask once a second whether it is done. */
    readonly taskMilliseconds?: number;
}

/** A host as `lab status` shows it. */
export interface HostView {
    readonly name: string;
    /** `https://127.0.20.11:8006/` */
    readonly endpoint: string;
    readonly sshPort: number;
    readonly machines: number;
}

/** A virtual machine as `lab status` shows it. */
export interface MachineView {
    readonly vmId: number;
    readonly name: string;
    readonly host: string;
    readonly power: "on" | "off";
}

/** A running emulated Proxmox VE cluster. */
export interface ProxmoxEmulator {
    readonly credentials: Credentials;
    /** PEM file of the authority that signed the hosts' certificates. */
    readonly authorityFile: string;
    hosts(): HostView[];
    machines(): MachineView[];
    /** Pulls a machine's plug: nothing in it is asked first. @throws Error when there is no such machine. */
    cord(vmId: number): Promise<void>;
    /** Switches a machine on from outside, as its power button would. @throws Error when it cannot start. */
    powerOn(vmId: number): Promise<void>;
    /** Starts the machines that ran when the emulator ended; answers those that could not, with the reason. */
    resumeMachines(): Promise<{ vmId: number; name: string; problem: string }[]>;
    /** Stops serving and ends all bodies. What was on is on again after `resumeMachines()` of the next start. */
    close(): Promise<void>;
}

/**
 * Starts an emulated Proxmox VE cluster: an HTTPS API and an SSH server a host, one state behind all of them.
 *
 * ```ts
 * const proxmox = await startProxmox({
 *     hosts: [{ name: "pve-1", address: "127.0.20.11", apiPort: 8006, sshPort: 2222 }],
 *     folder: paths.proxmox, logs: paths.logs, bodies: simulatedBodies(...),
 * });
 * await proxmox.resumeMachines();
 * ```
 *
 * A client takes `credentials.apiToken`, or `root@pam` with `credentials.rootPassword`, and trusts `authorityFile`.
 *
 * @throws Error when a port is taken or the kept state cannot be read.
 */
export async function startProxmox(options: ProxmoxOptions): Promise<ProxmoxEmulator> {
    const file = new ClusterFile(join(options.folder, "cluster.json"));
    const credentials = loadCredentials(options.folder);
    ensureUsers(file, credentials);
    const storages = new Storages(file, options.storages ?? DEFAULT_STORAGES, options.folder);
    const gpuOf = (name: string) => options.hosts.flatMap((host) => (host.name === name && host.gpu ? [host.gpu] : []));
    const consoles = join(options.logs, "machines");
    const cluster: Cluster = {
        file,
        storages,
        access: new Access(file),
        tasks: new Tasks(file, options.taskMilliseconds ?? 0),
        power: new MachinePower(file, storages, options.bodies, gpuOf, consoles),
        hosts: options.hosts,
        startedAtMs: Date.now(),
    };
    const servers = await serveHosts(cluster, options.folder, credentials);
    return handle(cluster, servers, credentials, options.folder);
}

interface HostServers {
    readonly host: HostDefinition;
    readonly api: Server;
    readonly ssh: SshServer;
}

/** Serves every host, or none: when one cannot start, those before it are closed again. */
async function serveHosts(cluster: Cluster, folder: string, credentials: Credentials): Promise<HostServers[]> {
    const authority = await loadAuthority(folder);
    const routes = [vmRoutes, powerRoutes, storageRoutes, clusterRoutes, haRoutes, pciRoutes, taskRoutes].flatMap(
        (make) => make(cluster),
    );
    const servers: HostServers[] = [];
    try {
        for (const host of cluster.hosts) {
            cluster.storages.activate(host.name);
            const names = { dnsNames: [host.name, "localhost"], ipAddresses: [host.address] };
            const api = await serveApi({
                address: host.address,
                port: host.apiPort,
                certificate: await issueCertificate(authority, { commonName: host.name, ...names, usages: ["server"] }),
                routes: [...routes, ...accessRoutes(cluster.file)],
                access: cluster.access,
                checkHost: (name) => hostNamed(cluster, name),
            });
            const ssh = serveSsh({
                host: host.name,
                address: host.address,
                port: host.sshPort,
                hostKey: loadHostKey(folder, host.name),
                password: credentials.rootPassword,
                authorizedKey: credentials.sshPublicKey,
                storages: cluster.storages,
            });
            servers.push({
                host,
                api,
                ssh: await ssh.catch(async (error: unknown) => {
                    await closeApi(api);
                    throw error;
                }),
            });
        }
    } catch (error) {
        await closeServers(servers);
        throw error;
    }
    return servers;
}

function handle(cluster: Cluster, servers: HostServers[], credentials: Credentials, folder: string): ProxmoxEmulator {
    const vms = () => Object.values(cluster.file.state.vms);
    const vm = (vmId: number) => {
        const found = cluster.file.state.vms[String(vmId)];
        if (!found)
            throw new Error(
                `machine ${vmId}: there is none of that number (${
                    vms()
                        .map((each) => each.vmId)
                        .join(", ") || "none at all"
                })`,
            );
        return found;
    };
    return {
        credentials,
        authorityFile: authorityFile(folder),
        hosts: () =>
            servers.map(({ host, api, ssh }) => ({
                name: host.name,
                endpoint: `https://${host.address}:${portOf(api)}/`,
                sshPort: ssh.port,
                machines: vms().filter((each) => each.host === host.name).length,
            })),
        machines: () =>
            vms().map((each) => ({
                vmId: each.vmId,
                name: machineName(each),
                host: each.host,
                power: cluster.power.isRunning(each.vmId) ? "on" : "off",
            })),
        cord: (vmId) => cluster.power.stop(vm(vmId), "power-off"),
        powerOn: (vmId) => cluster.power.start(vm(vmId)),
        async resumeMachines() {
            const problems = [];
            for (const each of vms().filter((one) => one.running && !cluster.power.isRunning(one.vmId)))
                try {
                    await cluster.power.start(each);
                } catch (error) {
                    problems.push({ vmId: each.vmId, name: machineName(each), problem: reasonOf(error) });
                }
            return problems;
        },
        async close() {
            await closeServers(servers);
            await cluster.tasks.settled();
            await cluster.power.suspendAll();
        },
    };
}

async function closeServers(servers: HostServers[]): Promise<void> {
    await Promise.all(servers.flatMap(({ api, ssh }) => [closeApi(api), ssh.close()]));
}

function closeApi(api: Server): Promise<void> {
    return new Promise((resolve) => {
        api.close(() => resolve());
        api.closeAllConnections();
    });
}

function portOf(server: Server): number {
    const address = server.address();
    return typeof address === "object" && address ? address.port : 0;
}
