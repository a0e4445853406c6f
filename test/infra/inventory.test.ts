import assert from "node:assert/strict";
import fc from "fast-check";
import { ConfigError } from "../../infra/config/issues";
import { parseConfig } from "../../infra/config/parse";
import type { RawHomelabConfig } from "../../infra/config/schema";
import { planInventory, type Inventory, type Machine } from "../../infra/inventory";
import { changed, devHouse, readHouse } from "./config/houses";
import { anyGrowth, anyHouse } from "./houses-at-random";

function planOf(house: unknown): Inventory {
    return planInventory(parseConfig(house));
}

function machinesOf({ servers, agents }: Inventory): readonly Machine[] {
    return [...servers, ...agents];
}

function namesOf(inventory: Inventory): readonly string[] {
    return [...inventory.hosts, ...machinesOf(inventory), ...inventory.joined].map(({ name }) => name);
}

function assertUnique(values: readonly (string | number)[]): void {
    assert.equal(new Set(values).size, values.length, values.join(" "));
}

/** Where an address is written that nobody else may have, and which. */
interface AddressPlace {
    readonly path: string;
    readonly address: string;
}

/** All of a house, in the order in which the second of two is told. */
function fixedAddresses({ network, hosts, cluster, storage }: RawHomelabConfig): readonly AddressPlace[] {
    const { servers, agents, virtualAddress } = cluster;
    const listed = (path: string, all: readonly { readonly address: string }[] = []) =>
        all.map(({ address }, index) => ({ path: `${path}[${index}].address`, address }));
    return [
        { path: "network.lan.gateway", address: network.lan.gateway },
        ...listed("hosts", hosts),
        ...listed("cluster.servers.machines", servers.machines),
        ...listed("cluster.agents.machines", agents?.machines),
        ...(virtualAddress === undefined ? [] : [{ path: "cluster.virtualAddress", address: virtualAddress }]),
        { path: "storage.nas.address", address: storage.nas.address },
    ];
}

/** Whether the inventory has it. */
function isOfThePlan(path: string): boolean {
    return path.includes("[");
}

/** Checks a sentence about every house. */
function everyHouse(sentence: string, holds: (inventory: Inventory, house: RawHomelabConfig) => void): void {
    it(sentence, () => {
        fc.assert(fc.property(anyHouse, (house) => holds(planOf(house), house)));
    });
}

describe("the plan of the lab's house", () => {
    const inventory = planInventory(devHouse());

    it("has one server and one agent on each host, with their sizes in MiB and GiB", () => {
        assert.deepEqual(
            machinesOf(inventory).map(({ name, role, host, vmId, cores, memoryMiB, diskGiB }) =>
                [name, role, host.name, vmId, cores, memoryMiB, diskGiB].join(" "),
            ),
            [
                "k3s-server-1 server pve-1 201 4 8192 40",
                "k3s-server-2 server pve-2 202 4 8192 40",
                "k3s-server-3 server pve-3 203 4 8192 40",
                "k3s-agent-1 agent pve-1 211 6 12288 100",
                "k3s-agent-2 agent pve-2 212 6 12288 100",
                "k3s-agent-3 agent pve-3 213 6 12288 100",
            ],
        );
    });

    it("gives an agent the GPU of its host by the mapping of the model, and the labels of zone, NFS and GPU", () => {
        const [agent] = inventory.agents;
        assert.deepEqual(agent?.gpu, { model: "intel-uhd-630", vendor: "intel", mapping: "igpu-intel-uhd-630" });
        assert.deepEqual(agent.labels, {
            "topology.kubernetes.io/zone": "pve-1",
            "homelab/nfs": "true",
            "homelab/gpu": "intel-uhd-630",
        });
        assert.deepEqual(agent.taints, []);
    });

    it("keeps workloads off the servers", () => {
        const [server] = inventory.servers;
        assert.deepEqual(server?.taints, ["node-role.kubernetes.io/control-plane:NoSchedule"]);
        assert.deepEqual(server.labels, { "topology.kubernetes.io/zone": "pve-1", "homelab/nfs": "true" });
    });

    it("maps the GPU once, over all three hosts", () => {
        assert.deepEqual(
            inventory.gpuMappings.map(({ name, entries }) => [name, ...entries.map(({ host }) => host)]),
            [["igpu-intel-uhd-630", "pve-1", "pve-2", "pve-3"]],
        );
    });

    it("expects lima as its own failure domain, with a taint that keeps all away that does not ask for such a node", () => {
        assert.deepEqual(inventory.joined, [
            {
                name: "lima",
                architecture: "arm64",
                labels: { "topology.kubernetes.io/zone": "lima", "homelab/joined": "true" },
                taints: ["homelab/joined=true:NoSchedule"],
            },
        ]);
    });
});

describe("the plan of other houses", () => {
    it("lets the servers carry the workloads where there are no agents", () => {
        const cottage = planOf(readHouse("test/fixtures/valid/one-host.yaml"));
        assert.deepEqual(cottage.agents, []);
        assert.deepEqual(cottage.servers[0]?.taints, []);
        assert.deepEqual(cottage.gpuMappings, []);
    });

    it("has one mapping for each model of GPU, and none of them for the host without", () => {
        const manor = planOf(readHouse("test/fixtures/valid/nine-hosts.yaml"));
        assert.deepEqual(
            manor.gpuMappings.map(({ name, entries }) => `${name}: ${entries.map(({ host }) => host).join(" ")}`),
            ["igpu-intel-uhd-630: pve-1 pve-2 pve-3 pve-4 pve-5 pve-6", "igpu-intel-arc-a380: pve-7 pve-8"],
        );
        assert.equal(manor.agents[8]?.gpu, undefined);
        assert.equal(manor.joined[1]?.labels["homelab/nfs"], "true");
    });

    it("is refused for a configuration that was never checked", () => {
        const unchecked = structuredClone(devHouse());
        Object.assign(unchecked.cluster.servers.machines[0] ?? {}, { host: "nowhere" });
        assert.throws(() => planInventory(unchecked), /k3s-server-1 is planned on nowhere/);
    });
});

describe("the plan of any house", () => {
    everyHouse(
        "has unique names, VM ids and addresses, also beside those of the gateway, the API server and the NAS",
        (inventory, house) => {
            const machines = machinesOf(inventory);
            assertUnique(namesOf(inventory));
            assertUnique(machines.map(({ vmId }) => vmId));
            const planned = [...inventory.hosts, ...machines].map(({ address }) => address);
            assertUnique([
                ...planned,
                ...fixedAddresses(house).flatMap(({ path, address }) => (isOfThePlan(path) ? [] : address)),
            ]);
            assert.deepEqual(
                planned,
                fixedAddresses(house).flatMap(({ path, address }) => (isOfThePlan(path) ? address : [])),
            );
        },
    );

    everyHouse("has every machine of the file, in its order, and no other", (inventory, { cluster }) => {
        const written = [...cluster.servers.machines, ...(cluster.agents?.machines ?? [])];
        assert.deepEqual(
            machinesOf(inventory).map(({ name, vmId, address, host }) => ({ name, vmId, address, host: host.name })),
            written.map(({ name, vmId, address, host }) => ({ name, vmId, address, host })),
        );
        assert.equal(inventory.joined.length, cluster.joined?.length);
    });

    everyHouse("labels every machine with its host as the zone, and the zone is a host of the house", (inventory) => {
        for (const machine of machinesOf(inventory)) {
            assert.equal(machine.labels["topology.kubernetes.io/zone"], machine.host.name);
            assert.ok(inventory.hosts.includes(machine.host));
        }
    });

    everyHouse("has a GPU only where the host has it, once a host, by a mapping that names the host", (inventory) => {
        const owners = machinesOf(inventory).filter(({ gpu }) => gpu !== undefined);
        assertUnique(owners.map(({ host }) => host.name));
        for (const { gpu, host, labels } of machinesOf(inventory)) {
            assert.equal(labels["homelab/gpu"], gpu?.model);
            if (gpu !== undefined) {
                assert.equal(gpu.model, host.gpu?.model);
                const mapping = inventory.gpuMappings.find(({ name }) => name === gpu.mapping);
                assert.ok(mapping?.entries.some((entry) => entry.host === host.name && entry.gpu === host.gpu));
            }
        }
    });

    everyHouse("maps every GPU of the house exactly once", (inventory) => {
        assert.deepEqual(
            inventory.gpuMappings.flatMap(({ entries }) => entries.map(({ host }) => host)).sort(),
            inventory.hosts.flatMap(({ name, gpu }) => (gpu === undefined ? [] : [name])).sort(),
        );
        assertUnique(inventory.gpuMappings.map(({ name }) => name));
    });

    everyHouse("leaves at least one machine free for workloads", (inventory) => {
        assert.ok(machinesOf(inventory).some(({ taints }) => taints.length === 0));
    });

    everyHouse("marks a joined node for NFS only when it says so", (inventory, { cluster }) => {
        assert.deepEqual(
            inventory.joined.map(({ labels }) => labels["homelab/nfs"]),
            cluster.joined?.map(({ nfs }) => (nfs === true ? "true" : undefined)),
        );
    });

    everyHouse("is the same every time, and nobody can change it", (inventory, house) => {
        assert.deepEqual(inventory, planOf(structuredClone(house)));
        const walk = (value: unknown): void => {
            if (typeof value === "object" && value !== null) {
                assert.ok(Object.isFrozen(value));
                Object.values(value).forEach(walk);
            }
        };
        walk(inventory);
    });

    everyHouse("moves nothing but labels and references when a host is renamed", (inventory, house) => {
        const [old] = house.hosts;
        const rename = (name: string) => (name === old?.name ? "renamed" : name);
        const text = JSON.stringify(house).replaceAll(`"${old?.name}"`, '"renamed"');
        const expected = JSON.stringify(inventory).replaceAll(`"${old?.name}"`, '"renamed"');
        const after = planOf(JSON.parse(text));
        assert.equal(JSON.stringify(after), expected);
        assert.deepEqual(
            machinesOf(after).map(({ name, vmId, address }) => ({ name, vmId, address })),
            machinesOf(inventory).map(({ name, vmId, address }) => ({ name, vmId, address })),
        );
        assert.deepEqual(
            machinesOf(after).map(({ labels }) => labels["topology.kubernetes.io/zone"]),
            machinesOf(inventory).map(({ host }) => rename(host.name)),
        );
    });
});

describe("a house that grows by hosts, or shrinks by them", () => {
    it("keeps every machine as it was, whichever place the hosts and their machines have in the lists, the first too", () => {
        fc.assert(
            fc.property(anyGrowth, ({ smaller, larger, added }) => {
                const after = new Map(machinesOf(planOf(larger)).map((machine) => [machine.name, machine]));
                const before = machinesOf(planOf(smaller));
                for (const machine of before) assert.deepEqual(after.get(machine.name), machine);
                const names = [...before.map(({ name }) => name), ...added];
                assert.deepEqual([...after.keys()].sort(), names.sort());
            }),
        );
    });
});

describe("a house in which two machines are given the same", () => {
    const settings = ["name", "vmId", "address"] as const;

    for (const setting of settings) {
        it(`${setting} is refused at the second one, whichever they are`, () => {
            const twoMachines = anyHouse.filter(({ cluster }) => cluster.agents !== undefined);
            fc.assert(
                fc.property(twoMachines, fc.nat(), (house, pick) => {
                    const { servers, agents } = structuredClone(house.cluster);
                    const index = pick % (agents?.machines.length ?? 1);
                    Object.assign(agents?.machines[index] ?? {}, { [setting]: servers.machines[0]?.[setting] });
                    const broken = { ...house, cluster: { ...house.cluster, servers, agents } };
                    assert.throws(
                        () => parseConfig(broken),
                        (error) =>
                            error instanceof ConfigError &&
                            error.issues.length === 1 &&
                            error.issues[0]?.path === `cluster.agents.machines[${index}].${setting}`,
                    );
                }),
            );
        });
    }
});

describe("a house in which two things have one address", () => {
    it("is refused at the second one, whether it is the gateway, a host, a machine, the API server or the NAS", () => {
        fc.assert(
            fc.property(anyHouse, fc.nat(), fc.nat(), (house, one, other) => {
                const places = fixedAddresses(house);
                const [first, second] = [one % places.length, other % places.length].sort((a, b) => a - b);
                fc.pre(first !== second);
                const [taken, twice] = [places[first ?? 0], places[second ?? 0]];
                assert.ok(taken && twice);
                const broken = changed({ ...house }, [{ set: twice.path, to: taken.address }]);
                assert.throws(
                    () => parseConfig(broken),
                    (error) =>
                        error instanceof ConfigError &&
                        error.issues.some(({ path, wrong }) => path === twice.path && wrong.includes("is used by")),
                );
            }),
        );
    });
});
