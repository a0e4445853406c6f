import { failure, parameterError } from "./api-error";
import type { ApiRequest, Route } from "./api-server";
import { hostNamed, type Cluster, type HostDefinition } from "./cluster";
import type { TaskRecord } from "./cluster-state";
import { BRIDGES } from "./machine-spec";
import { schema } from "./parameters";
import type { Property } from "./property";
import { GIB } from "./storage";
import { summary } from "./routes-vm";
import { VM_ID } from "./vm-schema";

const TEXT: Property = { type: "string", optional: true };
const BOOLEAN: Property = { type: "boolean", optional: true };
const COUNT: Property = { type: "integer", optional: true, minimum: 0 };
const TASK = "/nodes/{node}/tasks/{upid}";

/** The version that the emulator answers as. */
export const PVE_VERSION = { version: "9.1.3", release: "9.1", repoid: "lab" };

/** Version, hosts, tasks, pools and what the whole cluster has. */
export function clusterRoutes(cluster: Cluster): Route[] {
    return [...hostRoutes(cluster), ...overviewRoutes(cluster), ...taskRoutes(cluster), ...poolRoutes(cluster)];
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
            path: "/nodes/{node}/version",
            permission: "any",
            handle: () => PVE_VERSION,
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
                        cluster.storages.definitions.map((one) => ({
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
        {
            method: "GET",
            path: "/cluster/status",
            permission: [{ path: "/", all: ["Sys.Audit"] }],
            handle: () => [
                { type: "cluster", id: "cluster", name: "lab", nodes: cluster.hosts.length, quorate: 1, version: 1 },
                ...cluster.hosts.map(({ name, address }, index) => ({
                    ...{
                        type: "node",
                        id: `node/${name}`,
                        name,
                        ip: address,
                        nodeid: index + 1,
                        online: 1,
                        local: Number(index === 0),
                    },
                })),
            ],
        },
        // Nothing in the lab is managed by HA; clients ask before they move or update a machine.
        {
            method: "GET",
            path: "/cluster/ha/resources",
            permission: [{ path: "/", all: ["Sys.Audit"] }],
            handle: () => [],
        },
        {
            method: "GET",
            path: "/cluster/ha/resources/{sid}",
            permission: [{ path: "/", all: ["Sys.Audit"] }],
            handle({ parameters }) {
                throw failure(`no such resource '${parameters.text("sid")}'`);
            },
        },
    ];
}

function taskRoutes(cluster: Cluster): Route[] {
    const task = ({ parameters, access, user }: ApiRequest): TaskRecord => {
        const found = cluster.tasks.find(parameters.text("upid"));
        const owner = (id: string) => id.split("!")[0];
        if (owner(found.user) !== owner(user)) access.check(user, `/nodes/${found.node}`, "Sys.Audit");
        return found;
    };
    return [
        {
            method: "GET",
            path: "/nodes/{node}/tasks",
            permission: "any",
            parameters: schema({
                limit: COUNT,
                start: COUNT,
                vmid: COUNT,
                typefilter: TEXT,
                userfilter: TEXT,
                errors: BOOLEAN,
                source: TEXT,
                since: COUNT,
                until: COUNT,
                statusfilter: TEXT,
            }),
            handle({ parameters, access, user }) {
                const [node, vmId, type] = [
                    parameters.text("node"),
                    parameters.optional("vmid"),
                    parameters.optional("typefilter"),
                ];
                const all = access.may(user, `/nodes/${node}`, "Sys.Audit");
                const start = Number(parameters.optional("start") ?? 0);
                return cluster.file.state.tasks
                    .filter((one) => one.node === node && (all || one.user === user))
                    .filter(
                        (one) => (vmId === undefined || one.id === vmId) && (type === undefined || one.type === type),
                    )
                    .filter((one) => !parameters.boolean("errors") || (one.exitStatus ?? "OK") !== "OK")
                    .reverse()
                    .slice(start, start + Number(parameters.optional("limit") ?? 50))
                    .map((one) => ({
                        ...taskLine(one),
                        ...(one.endedAtMs === undefined
                            ? {}
                            : { endtime: Math.floor(one.endedAtMs / 1000), status: one.exitStatus }),
                    }));
            },
        },
        {
            method: "GET",
            path: `${TASK}/status`,
            permission: "any",
            handle(request) {
                const one = task(request);
                const done =
                    one.exitStatus === undefined
                        ? { status: "running" }
                        : { status: "stopped", exitstatus: one.exitStatus };
                return { ...taskLine(one), ...done };
            },
        },
        {
            method: "GET",
            path: `${TASK}/log`,
            permission: "any",
            parameters: schema({ start: COUNT, limit: COUNT, download: BOOLEAN }),
            handle(request) {
                const start = Number(request.parameters.optional("start") ?? 0);
                const limit = Number(request.parameters.optional("limit") ?? 50);
                const { log } = task(request);
                const lines = log.slice(start, start + limit).map((text, index) => ({ n: start + index + 1, t: text }));
                return lines.length > 0 ? lines : [{ n: 1, t: "no content" }];
            },
        },
        {
            method: "DELETE",
            path: TASK,
            permission: "any",
            handle(request) {
                task(request);
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
    const known = (poolid: string) => {
        const pool = state.pools[poolid];
        if (!pool) throw failure(`pool '${poolid}' does not exist`);
        return pool;
    };
    return [
        {
            method: "GET",
            path: "/pools",
            permission: "any",
            parameters: schema({ poolid: TEXT, type: TEXT }),
            handle({ parameters, access, user }) {
                const wanted = parameters.optional("poolid");
                if (wanted !== undefined) known(wanted);
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
            method: "PUT",
            path: "/pools",
            permission: allocate,
            parameters: schema({
                poolid: { type: "string" },
                comment: TEXT,
                vms: TEXT,
                storage: TEXT,
                delete: BOOLEAN,
                "allow-move": BOOLEAN,
            }),
            handle({ parameters }) {
                const poolid = parameters.text("poolid");
                const [pool, comment] = [known(poolid), parameters.optional("comment")];
                if (comment !== undefined) pool.comment = comment;
                for (const vmId of parameters.list("vms")) {
                    const vm = state.vms[vmId];
                    if (!vm) throw failure(`update pool failed: VM ${vmId} does not exist`);
                    if (parameters.boolean("delete")) delete vm.pool;
                    else vm.pool = poolid;
                }
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
                known(poolid);
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

function taskLine({ upid, node, pid, pstart, startedAtMs, type, id, user }: TaskRecord) {
    return { upid, node, pid, pstart, starttime: Math.floor(startedAtMs / 1000), type, id, user };
}
