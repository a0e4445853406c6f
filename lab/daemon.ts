import { rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { openChassis } from "./bodies";
import { Cluster } from "./cluster/cluster";
import { houseDigest, readHouse, stackText } from "./house";
import { labPaths } from "./paths";
import { startProxmox, type HostView, type MachineView, type ProxmoxEmulator } from "./proxmox/emulator";
import { reasonOf } from "./reason";
import { labSettings } from "./settings";
import { tool } from "./toolchain/locate";

/** What the daemon answers to `GET /status`. */
export interface DaemonStatus {
    readonly pid: number;
    readonly bodies: "simulated" | "real";
    readonly hosts: readonly HostView[];
    readonly machines: readonly MachineView[];
    readonly clusterUp: boolean;
    /** What it stands for, by {@link houseDigest}: another house needs another daemon. */
    readonly house: string;
}

/**
 * The process that is the house's hardware: the emulated Proxmox cluster and the machines on it. It lives from
 * `lab up` to `lab down`, and answers the other commands on a unix socket.
 */
async function main(): Promise<void> {
    const paths = labPaths(process.cwd());
    const settings = labSettings(paths);
    const { nodeGraceSeconds } = settings;
    const house = readHouse(stackText(paths, settings), settings.operators);
    const log = (line: string) => console.log(`${new Date().toISOString()} ${line}`);
    const places = { cache: paths.cache, env: process.env };
    const kind = settings.nodes === "real" ? "real" : "simulated";
    const chassis = await openChassis(kind, { paths, settings, house, log });
    const cluster = new Cluster({
        paths,
        chassis,
        tools: {
            etcd: tool("etcd", places),
            "kube-apiserver": tool("kube-apiserver", places),
            "kube-controller-manager": tool("kube-controller-manager", places),
            "kube-scheduler": tool("kube-scheduler", places),
        },
        traefikCrds: tool("traefik-crds", places),
        foreignNodes: house.foreignNodes,
        operators: house.operators,
        ...(nodeGraceSeconds !== undefined && { nodeGraceSeconds }),
        log,
    });
    const proxmox = await startProxmox({
        hosts: house.hosts.map(({ name, address, sshPort, memoryGiB, gpu }) => ({
            ...{ name, address, sshPort, apiPort: house.apiPort },
            ...(memoryGiB !== undefined && { memoryGiB }),
            ...(gpu && { gpu }),
        })),
        folder: paths.proxmox,
        logs: paths.logs,
        bodies: cluster.bodies,
    });
    const server = serve(proxmox, cluster, houseDigest(house), log);
    // The socket last: who finds it finds a lab that answers.
    rmSync(paths.daemonSocket, { force: true });
    server.listen(paths.daemonSocket, () => log("ready"));
    for (const { name, problem } of await proxmox.resumeMachines()) log(`${name} does not start again: ${problem}`);
    let ending = false;
    const end = async () => {
        if (ending) return;
        ending = true;
        server.close();
        await proxmox.close();
        await cluster.stop();
        await chassis.close();
        rmSync(paths.daemonSocket, { force: true });
        process.exit(0);
    };
    process.on("SIGTERM", () => void end()).on("SIGINT", () => void end());
}

function serve(proxmox: ProxmoxEmulator, cluster: Cluster, house: string, log: (line: string) => void): Server {
    const status = (): DaemonStatus => ({
        pid: process.pid,
        bodies: cluster.bodies.kind,
        hosts: proxmox.hosts(),
        machines: proxmox.machines(),
        clusterUp: cluster.kubeconfig !== undefined,
        house,
    });
    return createServer((request, response) => {
        answer(`${request.method ?? ""} ${request.url ?? ""}`, proxmox, status)
            .then((body) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body)))
            .catch((error: unknown) => {
                const message = reasonOf(error);
                log(message);
                response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify({ message }));
            });
    });
}

async function answer(request: string, proxmox: ProxmoxEmulator, status: () => DaemonStatus): Promise<unknown> {
    if (request === "GET /status") return status();
    const [, name, power] = /^POST \/machines\/([^/]+)\/(on|off)$/.exec(request) ?? [];
    const machine = proxmox.machines().find((each) => each.name === name);
    if (name === undefined) throw new Error(`${request}: not a request that the lab knows`);
    if (!machine) {
        const names = proxmox.machines().map((each) => each.name);
        throw new Error(`${name}: no such machine (there are ${names.join(", ") || "none"})`);
    }
    await (power === "on" ? proxmox.powerOn(machine.vmId) : proxmox.cord(machine.vmId));
    return status();
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
});
