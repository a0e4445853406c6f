import { reasonOf } from "../reason";
import { failure, parameterError } from "./api-error";
import type { ApiRequest, Route } from "./api-server";
import { vmOn, type Cluster } from "./cluster";
import type { VmRecord } from "./cluster-state";
import { machineName, memoryMiB, bootDiskBytes } from "./machine-spec";
import { schema, splitList } from "./parameters";
import type { Property } from "./property";
import { formatSize, parseSize } from "./storage";
import {
    applySettings,
    checkBootOrder,
    checkDigest,
    checkSettings,
    deleteSettings,
    identity,
    readConfig,
} from "./vm-config";
import { volumeOf, withSize } from "./vm-drives";
import { forgetManaged } from "./routes-ha";
import { checkRemovalRights, checkSettingRights } from "./vm-permissions";
import { CREATE_VM, UPDATE_VM } from "./vm-schema";

const BOOLEAN: Property = { type: "boolean", optional: true };
const OWN_PARAMETERS = ["node", "vmid", "pool", "storage", "start", "unique", "force", "ha-managed", "bwlimit"];
const VM = "/nodes/{node}/qemu/{vmid}";
const AUDIT = [{ path: "/vms/{vmid}", all: ["VM.Audit"] }] as const;

/** Creating, reading, changing and deleting machines. */
export function vmRoutes(cluster: Cluster): Route[] {
    const vm = ({ parameters }: ApiRequest) => vmOn(cluster, parameters.text("node"), parameters.text("vmid"));
    const update = (request: ApiRequest) => updateVm(cluster, vm(request), request);
    return [
        {
            method: "GET",
            path: "/nodes/{node}/qemu",
            permission: "any",
            parameters: schema({ full: BOOLEAN }),
            handle: ({ parameters, access, user }) =>
                Object.values(cluster.file.state.vms)
                    .filter(
                        (each) =>
                            each.host === parameters.text("node") && access.may(user, `/vms/${each.vmId}`, "VM.Audit"),
                    )
                    .map((each) => summary(cluster, each)),
        },
        {
            method: "POST",
            path: "/nodes/{node}/qemu",
            permission: "any",
            parameters: CREATE_VM,
            handle: (request) => createVm(cluster, request),
        },
        {
            method: "DELETE",
            path: VM,
            permission: [{ path: "/vms/{vmid}", all: ["VM.Allocate"] }],
            parameters: schema({ purge: BOOLEAN, "destroy-unreferenced-disks": BOOLEAN, skiplock: BOOLEAN }),
            handle: (request) => deleteVm(cluster, vm(request), request),
        },
        {
            method: "GET",
            path: `${VM}/config`,
            permission: AUDIT,
            parameters: schema({ current: BOOLEAN, snapshot: { type: "string", optional: true } }),
            handle: (request) => readConfig(vm(request)),
        },
        {
            method: "PUT",
            path: `${VM}/config`,
            permission: "any",
            parameters: UPDATE_VM,
            handle(request) {
                update(request)();
            },
        },
        {
            method: "POST",
            path: `${VM}/config`,
            permission: "any",
            parameters: UPDATE_VM,
            handle(request) {
                const { vmId, host } = vm(request);
                const change = update(request);
                return cluster.tasks.start(
                    { node: host, type: "qmconfig", id: String(vmId), user: request.user },
                    change,
                );
            },
        },
        {
            method: "PUT",
            path: `${VM}/resize`,
            permission: [{ path: "/vms/{vmid}", all: ["VM.Config.Disk"] }],
            parameters: schema({
                disk: { type: "string", pattern: /(ide|sata|scsi|virtio)\d+|efidisk0|tpmstate0/ },
                size: { type: "string", pattern: /\+?\d+(\.\d+)?[KMGT]?/ },
                digest: { type: "string", optional: true },
                skiplock: BOOLEAN,
            }),
            handle: (request) => resizeDisk(cluster, vm(request), request),
        },
        {
            method: "GET",
            path: `${VM}/cloudinit`,
            permission: AUDIT,
            handle: (request) =>
                Object.entries(vm(request).config).flatMap(([key, value]) =>
                    /^(ci|ipconfig|nameserver|searchdomain|sshkeys)/.test(key) ? [{ key, value }] : [],
                ),
        },
        // The drive is built anew at every start, so there is nothing to do.
        {
            method: "PUT",
            path: `${VM}/cloudinit`,
            permission: [{ path: "/vms/{vmid}", all: ["VM.Config.Cloudinit"] }],
            handle(request) {
                vm(request);
            },
        },
    ];
}

/** One line about a machine, in lists and as its status. */
export function summary(cluster: Cluster, vm: VmRecord) {
    const running = cluster.power.isRunning(vm.vmId);
    const cpus = Number(vm.config["cores"] ?? 1) * Number(vm.config["sockets"] ?? 1);
    return {
        vmid: vm.vmId,
        name: machineName(vm),
        status: running ? "running" : "stopped",
        cpus,
        maxmem: memoryMiB(vm) * 1024 ** 2,
        maxdisk: bootDiskBytes(vm),
        uptime: running ? Math.floor((Date.now() - (vm.startedAtMs ?? Date.now())) / 1000) : 0,
        ...(vm.config["tags"] === undefined ? {} : { tags: String(vm.config["tags"]) }),
        ...(vm.config["template"] ? { template: 1 } : {}),
    };
}

/** @throws ApiError 500 when the number is in use anywhere in the cluster. */
function createVm(cluster: Cluster, { parameters, access, user }: ApiRequest): string {
    const [node, vmId] = [parameters.text("node"), parameters.integer("vmid")];
    const pool = parameters.optional("pool");
    if (pool !== undefined && !cluster.file.state.pools[pool]) throw failure(`pool '${pool}' does not exist`);
    access.check(user, `/vms/${vmId}`, "VM.Allocate");
    const settings = parameters.except(OWN_PARAMETERS);
    checkSettingRights(access, user, String(vmId), settings, cluster.storages);
    checkSettings(cluster.storages, node, settings);
    checkBootOrder(settings, {});
    const taken = cluster.file.state.vms[String(vmId)];
    if (taken) throw failure(`unable to create VM ${vmId} - VM ${vmId} already exists on node '${taken.host}'`);
    const vm: VmRecord = { vmId, host: node, config: {}, running: false, ...(pool === undefined ? {} : { pool }) };
    cluster.file.state.vms[String(vmId)] = vm;
    return cluster.tasks.start({ node, type: "qmcreate", id: String(vmId), user }, async (log) => {
        try {
            applySettings(cluster.storages, vm, settings);
            vm.config = { ...identity(), ...vm.config };
            for (const [name, value] of Object.entries(vm.config)) {
                const volid = volumeOf(name, String(value));
                if (volid) log(`${name}: successfully created disk '${volid}'`);
            }
        } catch (error) {
            // As in PVE, a machine that could not be made leaves nothing behind.
            forget(cluster, vm);
            throw failure(`unable to create VM ${vmId} - ${reasonOf(error)}`);
        }
        if (parameters.boolean("start")) await cluster.power.start(vm);
    });
}

function deleteVm(cluster: Cluster, vm: VmRecord, { parameters, user }: ApiRequest): string {
    const sid = `vm:${vm.vmId}`;
    if (cluster.file.state.haResources[sid] && !parameters.boolean("purge"))
        throw failure(`unable to remove VM ${vm.vmId} - used in HA resources and purge parameter not set.`);
    if (vm.config["protection"] === 1) throw failure(`can't remove VM ${vm.vmId} - protection mode enabled`);
    const refuseRunning = () => {
        if (cluster.power.isRunning(vm.vmId)) throw failure(`VM ${vm.vmId} is running - destroy failed`);
    };
    refuseRunning();
    return cluster.tasks.start({ node: vm.host, type: "qmdestroy", id: String(vm.vmId), user }, async () => {
        refuseRunning();
        // The disks first: a record without disks starts empty, disks without a record would stay for ever.
        await cluster.power.discard(vm);
        forgetManaged(cluster, sid);
        forget(cluster, vm);
    });
}

function forget(cluster: Cluster, vm: VmRecord): void {
    const { state } = cluster.file;
    state.volumes = state.volumes.filter((volume) => volume.vmId !== vm.vmId || volume.host !== vm.host);
    delete state.vms[String(vm.vmId)];
    cluster.file.save();
}

/** Checks a change and answers the work that makes it. */
function updateVm(cluster: Cluster, vm: VmRecord, { parameters, access, user }: ApiRequest): () => void {
    const settings = parameters.except([
        "node",
        "vmid",
        "delete",
        "digest",
        "revert",
        "skiplock",
        "force",
        "background_delay",
    ]);
    const removed = splitList(parameters.optional("delete") ?? "");
    if (Object.keys(settings).length === 0 && removed.length === 0)
        throw parameterError({ "": "no options specified" });
    const both = removed.find((name) => settings[name] !== undefined);
    if (both) throw parameterError({ delete: `you can't use '-${both}' and -delete ${both}' at the same time` });
    checkSettingRights(access, user, String(vm.vmId), settings, cluster.storages);
    checkRemovalRights(access, user, String(vm.vmId), removed);
    checkSettings(cluster.storages, vm.host, settings);
    checkBootOrder(settings, vm.config);
    checkDigest(vm, parameters.optional("digest"));
    return () => {
        deleteSettings(cluster.storages, vm, removed);
        try {
            applySettings(cluster.storages, vm, settings);
        } finally {
            cluster.file.save();
        }
    };
}

function resizeDisk(cluster: Cluster, vm: VmRecord, { parameters, user }: ApiRequest): string {
    const [disk, text] = [parameters.text("disk"), parameters.text("size")];
    checkDigest(vm, parameters.optional("digest"));
    if (vm.config[disk] === undefined) throw failure(`disk '${disk}' does not exist`);
    return cluster.tasks.start({ node: vm.host, type: "resize", id: String(vm.vmId), user }, (log) => {
        const value = String(vm.config[disk]);
        const volume = cluster.storages.find(vm.host, volumeOf(disk, value) ?? "none:none");
        if (!volume) throw failure(`disk '${disk}' has no associated volume`);
        if (value.includes("media=cdrom")) throw failure("you can't resize a cdrom");
        const bytes = parseSize(text.replace(/^\+/, "")) ?? 0;
        cluster.storages.grow(volume, text.startsWith("+") ? volume.sizeBytes + bytes : bytes);
        vm.config[disk] = withSize(disk, value, volume.sizeBytes);
        log(`${disk} is now ${formatSize(volume.sizeBytes)}`);
    });
}
