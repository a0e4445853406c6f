import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { GpuPassthrough, HostImage, Machine, proxmoxProvider } from "../../../infra/proxmox";
import type { Machine as PlannedMachine } from "../../../infra/inventory";
import { at, captureGraph, only, type CapturedResource, type Graph } from "../../support/graph";
import { aHost, agent, servers } from "../../support/planned";

const VM = "proxmoxve:index/vmLegacy:VmLegacy";
const SNIPPET = "proxmoxve:index/fileLegacy:FileLegacy";
const image = {
    url: "https://example.org/debian-13.qcow2",
    checksum: "0".repeat(128),
    checksumAlgorithm: "sha512" as const,
};
const network = {
    cidr: "192.168.20.0/24",
    gateway: "192.168.20.1",
    bridge: "vmbr0",
    vlan: 20,
    resolvers: ["1.1.1.1"],
    domain: "example.home.arpa",
};
const hostGpu = {
    model: "intel-uhd-630",
    path: "0000:00:02.0",
    id: "8086:3e92",
    subsystemId: "17aa:3136",
    iommuGroup: 0,
};

function bareHost(name: string) {
    return { name, datastores: [] };
}

function build(machine: PlannedMachine, protect = false): Promise<Graph> {
    return captureGraph(() => {
        const provider = proxmoxProvider("proxmox", {
            endpoint: "https://192.168.10.11:8006/",
            insecure: false,
            sshUsername: "pulumi",
            apiToken: pulumi.secret("token"),
            sshPassword: undefined,
            sshPrivateKey: pulumi.secret("private key"),
            hosts: [aHost(), aHost("pve-2", { address: "192.168.10.12", sshPort: 2222 })],
            observe: () => Promise.resolve({ hosts: ["pve-1", "pve-2"].map(bareHost), guests: [] }),
        });
        const mapping = {
            name: "igpu-intel-uhd-630",
            model: "intel-uhd-630",
            entries: [{ host: "pve-1", gpu: hostGpu }],
        };
        new Machine(
            machine.name,
            {
                machine,
                network,
                image: new HostImage("image", { host: machine.host, image }, { provider }),
                gpu: machine.gpu && new GpuPassthrough("igpu", { mapping }, { provider }).mapping,
                cloudConfig: pulumi.secret("#cloud-config\n"),
                beforeCreate: () => undefined,
            },
            { provider, protect },
        );
    });
}

describe("a machine", () => {
    let graph: Graph;
    let vm: CapturedResource;
    before(async () => {
        graph = await build(servers[0], true);
        vm = only(graph, VM);
    });

    it("has its number, name and host from the plan", () => {
        assert.deepEqual([at(vm, "vmId"), at(vm, "name"), at(vm, "nodeName")], [200, "server-1", "pve-1"]);
    });

    it("has a fixed address, and nobody waits for its agent to tell it", () => {
        const config = at(vm, "initialization", "ipConfigs", 0);
        assert.deepEqual(config, { ipv4: { address: "192.168.20.21/24", gateway: "192.168.20.1" } });
        assert.equal(at(vm, "agent", "waitForIp", "disabled"), true);
    });

    it("starts after what others need and before the agents of its host, and has three minutes to go down", () => {
        assert.deepEqual(at(vm, "startup"), { order: 20, upDelay: 30, downDelay: 180 });
    });

    it("has its tags in the order in which Proxmox gives them back", () => {
        assert.deepEqual(at(vm, "tags"), ["homelab", "k3s", "server"]);
    });

    it("survives a changed snippet: names it by an id that stays the same", () => {
        assert.equal(at(vm, "initialization", "userDataFileId"), "local:snippets/server-1.user-data.yaml");
        assert.deepEqual(vm.opts.propertyDependencies["initialization"] ?? [], []);
    });

    it("survives a newer image in the same way", () => {
        assert.equal(at(vm, "disks", 0, "importFrom"), "local:import/debian-13.qcow2");
        assert.ok(vm.opts.ignoreChanges.includes("disks[0].importFrom"));
        assert.deepEqual(vm.opts.propertyDependencies["disks"] ?? [], []);
    });

    it("is made after its snippet and its image are on the host", () => {
        const names = vm.opts.dependsOn.map((urn) => urn.split("::").pop());
        assert.deepEqual(names.sort(), ["image-file", "server-1-user-data"]);
    });

    it("goes before its successor comes: the number cannot be there twice", () => {
        assert.equal(vm.opts.deleteBeforeReplace, true);
        assert.equal(only(graph, SNIPPET).opts.deleteBeforeReplace, true);
        assert.equal(only(graph, "proxmoxve:download/file:File").opts.deleteBeforeReplace, true);
    });

    it("is protected where the house protects data, its snippet is not", () => {
        assert.deepEqual([vm.opts.protect, only(graph, SNIPPET).opts.protect], [true, false]);
    });

    it("keeps its user-data secret", () => {
        assert.deepEqual(only(graph, SNIPPET).secretPaths, ["sourceRaw.data"]);
    });

    it("starts from plain firmware when it has no GPU", () => {
        assert.deepEqual([at(vm, "bios"), at(vm, "efiDisk"), at(vm, "hostpcis")], ["seabios", undefined, undefined]);
    });

    it("has no VLAN tag on an untagged bridge", async () => {
        const untagged = await captureGraph(() => {
            const host = aHost();
            const cloudConfig = pulumi.output("#cloud-config\n");
            const from = new HostImage("image", { host, image });
            const plain = { ...network, vlan: undefined };
            new Machine("plain", {
                machine: servers[0],
                network: plain,
                image: from,
                gpu: undefined,
                cloudConfig,
                beforeCreate: () => undefined,
            });
        });
        assert.deepEqual(at(only(untagged, VM), "networkDevices"), [{ bridge: "vmbr0", model: "virtio" }]);
    });
});

describe("a machine with a GPU", () => {
    let graph: Graph;
    before(async () => {
        graph = await build(agent);
    });

    it("is q35 with UEFI and an EFI disk", () => {
        const vm = only(graph, VM);
        assert.deepEqual([at(vm, "machine"), at(vm, "bios"), at(vm, "efiDisk", "type")], ["q35", "ovmf", "4m"]);
    });

    it("gets the GPU by its mapping, which a token may use, and waits for the mapping", () => {
        const vm = only(graph, VM);
        assert.deepEqual(
            [at(vm, "hostpcis", 0, "mapping"), at(vm, "hostpcis", 0, "id")],
            ["igpu-intel-uhd-630", undefined],
        );
        assert.ok(vm.opts.dependsOn.some((urn) => urn.endsWith("::igpu-mapping")));
    });

    it("starts after the servers of its host, so that it goes down before them", () => {
        assert.deepEqual(at(only(graph, VM), "startup"), { order: 30, downDelay: 180 });
    });

    it("says so in its tags", () => {
        assert.deepEqual(at(only(graph, VM), "tags"), ["agent", "gpu", "homelab", "k3s"]);
    });

    it("is mapped on each host that has such a GPU, with the ids that Proxmox compares", () => {
        const maps = at(only(graph, "proxmoxve:hardware/mapping/pci:Pci"), "maps");
        const { path, id, subsystemId, iommuGroup } = hostGpu;
        assert.deepEqual(maps, [{ node: "pve-1", path, id, subsystemId, iommuGroup }]);
    });
});

describe("the way to Proxmox", () => {
    it("names address and port of each host for SSH, and asks no agent", async () => {
        const provider = only(await build(servers[0]), "pulumi:providers:proxmoxve");
        const ssh: unknown = JSON.parse(provider.props["ssh"] as string);
        assert.deepEqual(ssh, {
            username: "pulumi",
            agent: false,
            privateKey: "private key",
            nodes: [
                { name: "pve-1", address: "192.168.10.11", port: 22 },
                { name: "pve-2", address: "192.168.10.12", port: 2222 },
            ],
        });
    });

    it("keeps token and key secret", async () => {
        assert.deepEqual(only(await build(servers[0]), "pulumi:providers:proxmoxve").secretPaths, ["apiToken", "ssh"]);
    });
});

describe("the image on a host", () => {
    it("is verified by its checksum and never downloaded again", async () => {
        const file = only(await build(servers[0]), "proxmoxve:download/file:File");
        assert.deepEqual([at(file, "checksumAlgorithm"), at(file, "overwrite")], ["sha512", false]);
    });

    it("has a name that Proxmox imports", async () => {
        const graph = await captureGraph(() => {
            new HostImage("image", { host: aHost(), image: { ...image, url: "https://example.org/a/noble.img" } });
        });
        assert.equal(at(only(graph, "proxmoxve:download/file:File"), "fileName"), "noble.qcow2");
    });
});
