import assert from "node:assert/strict";
import { observeCluster, programGrants, type Grant } from "../../../../infra/proxmox";
import { admit } from "../../../../infra/proxmox/admission";
import { PROGRAM_GRANTS } from "../../../../lab/proxmox/privileges";
import { textOf, valueAt } from "../../../../lab/plain-values";
import type { Properties } from "../../../../lab/providers/kit/provider";
import type { Graph } from "../../../support/graph";
import { aHost } from "../../../support/planned";
import { DOWNLOAD, MAPPING, SNIPPET, VM } from "./agent-machine";
import { type Client, House, type Made } from "./house";
import { captureMachine, inputsOf, mapping, settings } from "./program-machine";

const { network } = settings;
const grants = programGrants({ hosts: [aHost()], bridge: network.bridge, vlan: network.vlan, ha: false });

describe("the rights of the program's token", function () {
    this.timeout(60_000);
    let house: House;
    let graph: Graph;
    let users = 0;

    before(async () => {
        graph = await captureMachine(settings);
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
            networkDevices: [{ bridge: network.bridge, model: "virtio", vlanId: network.vlan ?? 0, rateLimit: 100 }],
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
