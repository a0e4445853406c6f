import fc from "fast-check";
import type { RawHomelabConfig } from "../../infra/config/schema";

const models = ["intel-uhd-630", "intel-arc-a380"] as const;

interface Draft {
    readonly hostGpus: readonly (number | undefined)[];
    readonly servers: number;
    /** For each agent the number of its host. */
    readonly agents: readonly number[];
    readonly joined: readonly { nfs: boolean; architecture: "amd64" | "arm64" }[];
    readonly vmIds: readonly number[];
    readonly lastParts: readonly number[];
    readonly storage: boolean;
}

/** Houses of one to nine hosts that break no rule: with and without GPUs, agents, joined nodes and a storage network. */
export const anyHouse: fc.Arbitrary<RawHomelabConfig> = fc
    .integer({ min: 1, max: 9 })
    .chain((hosts) =>
        fc.record({
            hostGpus: fc.array(fc.option(fc.integer({ min: 0, max: models.length - 1 }), { nil: undefined }), {
                minLength: hosts,
                maxLength: hosts,
            }),
            servers: fc.constantFrom(1, 3, 5),
            agents: fc.array(fc.integer({ min: 0, max: hosts - 1 }), { maxLength: 12 }),
            joined: fc.array(
                fc.record({ nfs: fc.boolean(), architecture: fc.constantFrom("amd64" as const, "arm64" as const) }),
                { maxLength: 3 },
            ),
            vmIds: fc.uniqueArray(fc.integer({ min: 100, max: 999_999_999 }), { minLength: 17, maxLength: 17 }),
            lastParts: fc.uniqueArray(fc.integer({ min: 2, max: 254 }), { minLength: 28, maxLength: 28 }),
            storage: fc.boolean(),
        }),
    )
    .map(houseOf);

/** A house, and the same with one more host anywhere in the list, with a machine of its own where there are agents. */
export interface Growth {
    readonly smaller: RawHomelabConfig;
    readonly larger: RawHomelabConfig;
}

/** Houses of one to eight hosts to which one is added. */
export const anyGrowth: fc.Arbitrary<Growth> = fc
    .record({
        // Two hosts may hold any number of servers; as soon as there are three, none may hold the majority.
        smaller: anyHouse.filter(
            ({ hosts, cluster }) => hosts.length < 9 && (hosts.length !== 2 || cluster.servers.machines.length === 1),
        ),
        place: fc.nat(),
        machinePlace: fc.nat(),
        model: fc.option(fc.integer({ min: 0, max: models.length - 1 }), { nil: undefined }),
    })
    .map(({ smaller, place, machinePlace, model }) => {
        const larger = structuredClone(smaller);
        const used = JSON.stringify(smaller);
        const free = Array.from({ length: 253 }, (_, index) => `192.168.20.${index + 2}`).filter(
            (address) => !used.includes(`"${address}"`),
        );
        const [hostAddress = "", machineAddress = ""] = free;
        const host = {
            name: "pve-added",
            address: hostAddress,
            ...(model === undefined ? {} : { gpu: gpuOf(model, 3) }),
        };
        larger.hosts.splice(place % (larger.hosts.length + 1), 0, host);
        const machines = larger.cluster.agents?.machines;
        const vmId = 100 + [...Array(99).keys()].findIndex((index) => !used.includes(`"vmId":${100 + index},`));
        const added = { name: "agent-added", host: host.name, vmId, address: machineAddress, gpu: model !== undefined };
        machines?.splice(machinePlace % (machines.length + 1), 0, added);
        return { smaller, larger };
    });

function houseOf(draft: Draft): RawHomelabConfig {
    const [ids, parts] = [[...draft.vmIds], [...draft.lastParts]];
    const address = () => `192.168.20.${parts.pop() ?? 0}`;
    const hostName = (index: number) => `pve-${index + 1}`;
    const hosts = draft.hostGpus.map((model, index) => ({
        name: hostName(index),
        address: address(),
        ...(model === undefined ? {} : { gpu: gpuOf(model, index) }),
    }));
    const withGpu = new Set<number>();
    const machine = (role: string, index: number, host: number, mayHaveGpu: boolean) => {
        const gpu = mayHaveGpu && draft.hostGpus[host] !== undefined && !withGpu.has(host);
        if (gpu) {
            withGpu.add(host);
        }
        return { name: `${role}-${index + 1}`, host: hostName(host), vmId: ids.pop() ?? 0, address: address(), gpu };
    };
    const alone = draft.agents.length === 0;
    // One after the other over the hosts, so that none holds the majority.
    const servers = Array.from({ length: draft.servers }, (_, index) =>
        machine("server", index, index % hosts.length, alone),
    );
    const agents = draft.agents.map((host, index) => machine("agent", index, host, true));
    return {
        house: { name: "any", domain: "any.home.arpa" },
        proxmox: { endpoint: "https://192.168.20.1:8006/" },
        network: {
            lan: { cidr: "192.168.20.0/24", gateway: "192.168.20.1" },
            ...(draft.storage ? { storage: { cidr: "192.168.30.0/24", vlan: 30 } } : {}),
        },
        hosts,
        guestImage: {
            url: "https://cloud.debian.org/images/cloud/trixie/20260914-2601/debian-13-generic-amd64-20260914-2601.qcow2",
            checksum: "0".repeat(128),
        },
        cluster: {
            name: "any",
            ...(draft.servers > 1 ? { virtualAddress: address() } : {}),
            servers: { cores: 4, memoryGiB: 8, diskGiB: 60, machines: servers },
            ...(alone ? {} : { agents: { cores: 6, memoryGiB: 12, diskGiB: 60, machines: agents } }),
            joined: draft.joined.map((node, index) => ({ name: `board-${index + 1}`, ...node })),
        },
        storage: {
            nas: { address: draft.storage ? "192.168.30.10" : address(), export: "/mnt/pool" },
            blockReplicas: 1,
        },
        jellyfin: { replicas: 1, host: "jellyfin.any.home.arpa", gpu: false },
        objectStorage: { kind: "none", reason: "this house is thrown away" },
    };
}

function gpuOf(model: number, index: number) {
    return {
        model: models[model] ?? "",
        path: "0000:00:02.0",
        id: "8086:3e92",
        subsystemId: "17aa:3136",
        iommuGroup: index,
    };
}
