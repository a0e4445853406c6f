import { failure, parameterError } from "./api-error";
import type { ApiRequest, Route } from "./api-server";
import { hostNamed, type Cluster, type HostDefinition } from "./cluster";
import { BRIDGES } from "./machine-spec";
import { schema } from "./parameters";
import type { Property } from "./property";
import { GIB } from "./storage";
import { summary } from "./routes-vm";
import { VM_ID } from "./vm-schema";

const TEXT: Property = { type: "string", optional: true };

/** The version that the emulator answers as. */
const PVE_VERSION = { version: "9.1.3", release: "9.1", repoid: "lab" };

/** Version, hosts, pools and what the whole cluster has. */
export function clusterRoutes(cluster: Cluster): Route[] {
    return [...hostRoutes(cluster), ...overviewRoutes(cluster), ...poolRoutes(cluster)];
}

function hostRoutes(cluster: Cluster): Route[] {
    return [
        { method: "GET", path: "/version", permission: "any", handle: () => PVE_VERSION },
        {
            method: "GET",
            path: "/nodes",
            permission: "any",
            handle: () => cluster.hosts.map((host) => nodeLine(cluster, host)),
        },
        {
            method: "GET",
            path: "/nodes/{node}/status",
            permission: [{ path: "/nodes/{node}", all: ["Sys.Audit"] }],
            handle({ parameters }) {
                const line = nodeLine(cluster, hostNamed(cluster, parameters.text("node")));
                return {
                    cpu: line.cpu,
                    uptime: line.uptime,
                    pveversion: `pve-manager/${PVE_VERSION.version}/${PVE_VERSION.repoid}`,
                    cpuinfo: { cores: line.maxcpu, cpus: line.maxcpu, sockets: 1, model: "simulated" },
                    memory: { total: line.maxmem, used: line.mem, free: line.maxmem - line.mem },
                    loadavg: ["0.00", "0.00", "0.00"],
                };
            },
        },
        {
            method: "GET",
            path: "/nodes/{node}/network",
            permission: "any",
            parameters: schema({ type: TEXT }),
            handle({ parameters }) {
                const { address } = hostNamed(cluster, parameters.text("node"));
                const gateway = address.replace(/\d+$/, "1");
                const bridge = {
                    type: "bridge",
                    method: "static",
                    address,
                    netmask: "24",
                    cidr: `${address}/24`,
                    gateway,
                };
                const common = { active: 1, autostart: 1, families: ["inet"], method6: "manual" };
                const type = parameters.optional("type");
                return [
                    { iface: "nic0", type: "eth", method: "manual", exists: 1, priority: 3, ...common },
                    ...BRIDGES.map((iface) => ({
                        iface,
                        ...bridge,
                        bridge_ports: "nic0",
                        bridge_vlan_aware: 1,
                        priority: 4,
                        ...common,
                    })),
                ].filter(
                    (one) =>
                        type === undefined || type === one.type || (type === "any_bridge" && one.type === "bridge"),
                );
            },
        },
    ];
}

function overviewRoutes(cluster: Cluster): Route[] {
    const vms = ({ access, user }: ApiRequest) =>
        Object.values(cluster.file.state.vms).filter(({ vmId }) => access.may(user, `/vms/${vmId}`, "VM.Audit"));
    const storages = ({ access, user }: ApiRequest) =>
        cluster.storages.definitions.filter(({ id }) => access.may(user, `/storage/${id}`, "Datastore.Audit"));
    return [
        {
            method: "GET",
            path: "/cluster/resources",
            permission: "any",
            parameters: schema({ type: { ...TEXT, enum: ["vm", "storage", "node", "sdn"] } }),
            handle(request) {
                const type = request.parameters.optional("type");
                const lines = [
                    ...vms(request).map((vm) => ({
                        kind: "vm",
                        line: {
                            id: `qemu/${vm.vmId}`,
                            type: "qemu",
                            node: vm.host,
                            maxcpu: summary(cluster, vm).cpus,
                            ...summary(cluster, vm),
                        },
                    })),
                    ...cluster.hosts.map((host) => ({ kind: "node", line: { ...nodeLine(cluster, host), level: "" } })),
                    ...cluster.hosts.flatMap(({ name }) =>
                        storages(request).map((one) => ({
                            kind: "storage",
                            line: {
                                id: `storage/${name}/${one.id}`,
                                type: "storage",
                                node: name,
                                storage: one.id,
                                plugintype: one.type,
                                status: "available",
                                maxdisk: one.capacityGiB * GIB,
                                disk: cluster.storages.usedBytes(name, one.id),
                            },
                        })),
                    ),
                ];
                return lines.filter(({ kind }) => type === undefined || kind === type).map(({ line }) => line);
            },
        },
        {
            method: "GET",
            path: "/cluster/nextid",
            permission: "any",
            parameters: schema({ vmid: { ...VM_ID, optional: true } }),
            handle({ parameters }) {
                const { vms: taken } = cluster.file.state;
                const wanted = parameters.optional("vmid");
                if (wanted !== undefined && taken[wanted])
                    throw parameterError({ vmid: `VM ${wanted} already exists` });
                if (wanted !== undefined) return wanted;
                let free = 100;
                while (taken[String(free)]) free += 1;
                return String(free);
            },
        },
    ];
}

function poolRoutes(cluster: Cluster): Route[] {
    const { state } = cluster.file;
    const members = (poolid: string) =>
        Object.values(state.vms)
            .filter((vm) => vm.pool === poolid)
            .map((vm) => ({ id: `qemu/${vm.vmId}`, type: "qemu", node: vm.host, vmid: vm.vmId }));
    const allocate = [{ path: "/pool/{poolid}", all: ["Pool.Allocate"] }] as const;
    const requireKnown = (poolid: string) => {
        if (!state.pools[poolid]) throw failure(`pool '${poolid}' does not exist`);
    };
    return [
        {
            method: "GET",
            path: "/pools",
            permission: "any",
            parameters: schema({ poolid: TEXT, type: TEXT }),
            handle({ parameters, access, user }) {
                const wanted = parameters.optional("poolid");
                if (wanted !== undefined) requireKnown(wanted);
                return Object.entries(state.pools)
                    .filter(
                        ([poolid]) =>
                            (wanted === undefined || poolid === wanted) &&
                            access.may(user, `/pool/${poolid}`, "Pool.Audit"),
                    )
                    .map(([poolid, pool]) => ({
                        poolid,
                        ...pool,
                        ...(wanted === undefined ? {} : { members: members(poolid) }),
                    }));
            },
        },
        {
            method: "POST",
            path: "/pools",
            permission: allocate,
            parameters: schema({ poolid: { type: "string", pattern: /[\w.-]+/ }, comment: TEXT }),
            handle({ parameters }) {
                const [poolid, comment] = [parameters.text("poolid"), parameters.optional("comment")];
                if (state.pools[poolid]) throw failure(`create pool failed: pool '${poolid}' already exists`);
                state.pools[poolid] = comment === undefined ? {} : { comment };
                cluster.file.save();
            },
        },
        {
            method: "DELETE",
            path: "/pools",
            permission: allocate,
            parameters: schema({ poolid: { type: "string" } }),
            handle({ parameters }) {
                const poolid = parameters.text("poolid");
                requireKnown(poolid);
                if (members(poolid).length > 0) throw failure(`delete pool failed: pool '${poolid}' is not empty`);
                delete state.pools[poolid];
                cluster.file.save();
            },
        },
    ];
}

function nodeLine(cluster: Cluster, host: HostDefinition) {
    const running = Object.values(cluster.file.state.vms).filter(
        (vm) => vm.host === host.name && cluster.power.isRunning(vm.vmId),
    );
    return {
        node: host.name,
        id: `node/${host.name}`,
        type: "node",
        status: "online",
        cpu: 0.01,
        maxcpu: host.cores ?? 16,
        maxmem: (host.memoryGiB ?? 64) * GIB,
        mem: running.reduce((sum, vm) => sum + summary(cluster, vm).maxmem, 2 * GIB),
        uptime: Math.floor((Date.now() - cluster.startedAtMs) / 1000),
    };
}
