import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
    GpuPassthrough,
    HostImage,
    Machine,
    observeCluster,
    programGrants,
    type Grant,
} from "../../../../infra/proxmox";
import { admit } from "../../../../infra/proxmox/admission";
import { PROGRAM_GRANTS } from "../../../../lab/proxmox/privileges";
import { textOf, valueAt } from "../../../../lab/plain-values";
import type { Properties } from "../../../../lab/providers/kit/provider";
import { isProperties, jsonSetting } from "../../../../lab/providers/kit/values";
import { captureGraph, only, type Graph } from "../../../support/graph";
import { aHost, agent } from "../../../support/planned";
import { DOWNLOAD, MAPPING, SNIPPET, VM } from "./agent-machine";
import { type Client, House, type Made } from "./house";

const vlan = 20;
const network = {
    cidr: "127.47.20.0/24",
    gateway: "127.47.20.1",
    bridge: "vmbr0",
    vlan,
    resolvers: ["1.1.1.1"],
    domain: "lan",
};
const gpu = { model: "uhd", path: "0000:00:02.0", id: "8086:3e92", subsystemId: "17aa:3136", iommuGroup: 0 };
const mapping = { name: "igpu-uhd", model: "uhd", entries: [{ host: "pve-1", gpu }] };
const image = {
    url: "https://cloud.example/debian-13-generic-amd64.qcow2",
    checksum: "0".repeat(128),
    checksumAlgorithm: "sha512" as const,
};
const grants = programGrants({ hosts: [aHost()], bridge: network.bridge, vlan });

/** A machine with everything that the program gives one. */
function program(): void {
    const machine = { ...agent, gpu: { model: "uhd", mapping: mapping.name } };
    new Machine("agent", {
        machine,
        network,
        image: new HostImage("image", { host: machine.host, image }),
        gpu: new GpuPassthrough("igpu", { mapping }).mapping,
        cloudConfig: pulumi.output("#cloud-config\n"),
        beforeCreate: () => undefined,
    });
}

function inputsOf(graph: Graph, type: string): Properties {
    const inputs = jsonSetting(JSON.stringify(only(graph, type).props));
    return isProperties(inputs) ? inputs : assert.fail(type);
}

describe("the rights of the program's token", function () {
    this.timeout(60_000);
    let house: House;
    let graph: Graph;
    let users = 0;

    before(async () => {
        graph = await captureGraph(program);
        house = await House.start("127.47");
    });

    after(() => house.close());

    /** The token of a new user that has these rights. */
    async function tokenWith(held: readonly Grant[]): Promise<string> {
        users += 1;
        const userid = `user${users}@pve`;
        await house.byHand("POST", "/access/users", { userid });
        for (const [index, { path, privileges, propagate }] of held.entries()) {
            const roleid = `role-${users}-${index}`;
            await house.byHand("POST", "/access/roles", { roleid, privs: Object.keys(privileges).join(",") });
            const acl = { path, users: userid, roles: roleid, propagate: propagate ? "1" : "0" };
            await house.byHand("PUT", "/access/acl", acl);
        }
        const token = await house.byHand("POST", `/access/users/${userid}/token/t`, { privsep: "0" });
        return `${userid}!t=${textOf(valueAt(token, "value"))}`;
    }

    /** Makes everything, looks at it, changes it, and takes it away. @throws Error where something is refused */
    async function live(client: Client): Promise<void> {
        const made: Made[] = [];
        const make = async (type: string) => {
            const one = await client.create(type, "one", inputsOf(graph, type));
            made.push(one);
            return one;
        };
        try {
            for (const type of [MAPPING, DOWNLOAD, SNIPPET]) await make(type);
            const vm = await make(VM);
            for (const one of made) assert.ok(await client.refresh(one), `${one.type} seems to have vanished`);
            made.splice(made.indexOf(vm), 1, await client.update(vm, changed(vm.inputs)));
        } finally {
            for (const one of made.toReversed()) await client.delete(one);
        }
    }

    /** What a person changes in the course of a machine's life. */
    function changed(inputs: Properties): Properties {
        return {
            ...inputs,
            name: "renamed",
            cpu: { cores: 8, sockets: 1, type: "host" },
            memory: { dedicated: 10_240, floating: 0 },
            networkDevices: [{ bridge: network.bridge, model: "virtio", vlanId: vlan, rateLimit: 100 }],
        };
    }

    async function outcome(held: readonly Grant[]): Promise<string> {
        const apiToken = await tokenWith(held);
        const client = await house.provider({ apiToken });
        try {
            const endpoint = house.proxmox.hosts()[0]?.endpoint ?? "";
            await admit({ endpoint, insecure: true, apiToken }, [aHost()], observeCluster);
            await live(client);
            return "all is done";
        } catch (error) {
            return String(error);
        } finally {
            await client.close();
            await clear();
        }
    }

    /** Takes away as root what a refused token left. */
    async function clear(): Promise<void> {
        for (const { vmId } of house.proxmox.machines()) {
            await house.proxmox.cord(vmId);
            await house.byHand("DELETE", `/nodes/pve-1/qemu/${vmId}`);
        }
        const files = await house.byHand("GET", "/nodes/pve-1/storage/local/content");
        for (const volid of Array.isArray(files) ? files.map((file) => textOf(valueAt(file, "volid"))) : [])
            await house.byHand("DELETE", `/nodes/pve-1/storage/local/content/${encodeURIComponent(volid)}`);
        await house.byHand("DELETE", `/cluster/mapping/pci/${mapping.name}`);
    }

    it("are enough to make a machine with its GPU, to look at it, to change it, and to take it away", async () => {
        assert.equal(await outcome(grants), "all is done");
    });

    it("are those of the token that the lab gives to its house", () => {
        const ofTheLab = PROGRAM_GRANTS.map(({ role, propagate, privileges }) => [
            role,
            [...privileges].sort(),
            propagate,
        ]);
        const names = new Map(grants.map(({ role, privileges }) => [role, Object.keys(privileges).sort()]));
        assert.deepEqual(
            ofTheLab.map(([role, privileges]) => [role, privileges]),
            [...names],
        );
        assert.deepEqual(ofTheLab.at(-1)?.at(-1), false, "what is held at / is held nowhere below");
    });

    for (const grant of grants) {
        for (const privilege of Object.keys(grant.privileges)) {
            it(`${privilege} at ${grant.path} is needed: ${grant.privileges[privilege]}`, async () => {
                const less = Object.fromEntries(
                    Object.entries(grant.privileges).filter(([name]) => name !== privilege),
                );
                const held = grants.map((one) => (one === grant ? { ...one, privileges: less } : one));
                assert.match(await outcome(held), /Permission check failed|does not fit its Proxmox cluster/);
            });
        }
    }
});
