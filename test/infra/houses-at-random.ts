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
    /** The HA manager wants three hosts, and leaves no order to a UPS. */
    readonly care: "ha" | "ups" | "nobody";
}

/** Houses of one to nine hosts that break no rule: with and without GPUs, agents, joined nodes, a storage network, HA and a UPS. */
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
            lastParts: fc.uniqueArray(fc.integer({ min: 2, max: 254 }), { minLength: 29, maxLength: 29 }),
            storage: fc.boolean(),
            care: fc.constantFrom("nobody" as const, "ups" as const, hosts < 3 ? ("nobody" as const) : ("ha" as const)),
        }),
    )
    .map(houseOf);

/** A house, and the same with more hosts, each with a machine of its own; hosts and machines anywhere in their lists. */
export interface Growth {
    readonly smaller: RawHomelabConfig;
    readonly larger: RawHomelabConfig;
    /** Names of the machines that are new. */
    readonly added: readonly string[];
}

type Role = "server" | "agent";

/** How many of them a house may be given at once: servers stay an odd number. */
const STEP: Readonly<Record<Role, number>> = { server: 2, agent: 1 };

/** Houses that are given a host with an agent, or two hosts with a server each. */
export const anyGrowth: fc.Arbitrary<Growth> = fc
    .record({
        smaller: anyHouse,
        role: fc.constantFrom<Role>("server", "agent"),
        places: fc.tuple(fc.nat(), fc.nat()),
        machinePlaces: fc.tuple(fc.nat(), fc.nat()),
        model: fc.option(fc.integer({ min: 0, max: models.length - 1 }), { nil: undefined }),
    })
    .filter(({ smaller, role }) => mayGrow(smaller, role))
    .map(({ smaller, role, places, machinePlaces, model }) => {
        const larger = structuredClone(smaller);
        const { servers, agents } = larger.cluster;
        const machines = role === "server" ? servers.machines : (agents?.machines ?? []);
        const free = freeValues(smaller);
        const gpu = model === undefined ? {} : { gpu: gpuOf(model, 3) };
        const added = Array.from({ length: STEP[role] }, (_, index) => {
            const host = { name: `pve-added-${index}`, address: free.address(), ...gpu };
            larger.hosts.splice((places[index] ?? 0) % (larger.hosts.length + 1), 0, host);
            const name = `${role}-added-${index}`;
            const machine = { name, host: host.name, vmId: free.vmId(), address: free.address() };
            const hasGpu = role === "agent" && model !== undefined;
            machines.splice((machinePlaces[index] ?? 0) % (machines.length + 1), 0, { ...machine, gpu: hasGpu });
            return name;
        });
        if (servers.machines.length > 1) larger.cluster.virtualAddress ??= free.address();
        return { smaller, larger, added };
    });

/** As soon as there are three hosts, none may hold the majority of the servers. */
function mayGrow({ hosts, cluster }: RawHomelabConfig, role: Role): boolean {
    if (role === "agent" && cluster.agents === undefined) return false;
    const [count, more] = [cluster.servers.machines.length, role === "server" ? STEP.server : 0];
    const most = Math.max(
        ...hosts.map(({ name }) => cluster.servers.machines.filter(({ host }) => host === name).length),
    );
    return count + more < 3 || hosts.length + STEP[role] < 3 || most <= (count + more - 1) / 2;
}

/** Numbers and addresses that a house has no use for yet; each is given once. */
function freeValues(house: RawHomelabConfig): { vmId(): number; address(): string } {
    const used = JSON.stringify(house);
    const addresses = Array.from({ length: 253 }, (_, index) => `192.168.20.${index + 2}`).filter(
        (address) => !used.includes(`"${address}"`),
    );
    const vmIds = Array.from({ length: 99 }, (_, index) => 100 + index).filter(
        (vmId) => !used.includes(`"vmId":${vmId},`),
    );
    return { vmId: () => vmIds.pop() ?? 0, address: () => addresses.pop() ?? "" };
}

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
        proxmox: { endpoint: "https://192.168.20.1:8006/", ha: draft.care === "ha" },
        ...(draft.care === "ups" ? { ups: { server: address(), user: "homelab" } } : {}),
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
