import assert from "node:assert/strict";
import * as proxmox from "@muhlba91/pulumi-proxmoxve";
import { HighAvailability, programGrants } from "../../../../infra/proxmox";
import { textOf, valueAt } from "../../../../lab/plain-values";
import type { Properties } from "../../../../lab/providers/kit/provider";
import { isProperties, jsonSetting } from "../../../../lab/providers/kit/values";
import { captureGraph, ofType } from "../../../support/graph";
import { aHost } from "../../../support/planned";
import { bareMachine, VM } from "./agent-machine";
import { type Client, House, type Made } from "./house";
import { machines } from "./managed-machines";

const RESOURCE = "proxmoxve:index/haresource:Haresource";
const RULE = "proxmoxve:index/harule:Harule";

/** What a house's token has more with the HA manager than without. */
const [without, withHa] = [false, true].map((ha) =>
    programGrants({ hosts: [aHost()], bridge: "vmbr0", vlan: undefined, ha }).flatMap((grant) =>
        Object.keys(grant.privileges),
    ),
);
const privileges = withHa?.filter((name) => !without?.includes(name)) ?? [];

describe("bridge: machines in the care of the HA manager", function () {
    this.timeout(60_000);
    let house: House;
    let client: Client;
    let vms: Made[];
    let managed: Made[];
    let rules: Made[];

    before(async () => {
        house = await House.start("127.50");
        await house.byHand("POST", "/access/roles", { roleid: "Ha", privs: privileges.join(",") });
        const acl = { path: "/", users: "pulumi@pve", roles: "Ha", propagate: "0" };
        await house.byHand("PUT", "/access/acl", acl);
        client = await house.provider();
        const graph = await captureGraph(() => {
            const placed = machines.map((machine) => {
                const { vmId, host, name } = machine;
                return { machine, vm: new proxmox.VmLegacy(name, { nodeName: host.name, vmId }) };
            });
            new HighAvailability("ha", { clusterName: "home", machines: placed });
        });
        const inputs = (type: string): Properties[] =>
            ofType(graph, type).map(({ props }) => {
                const value = jsonSetting(JSON.stringify(props));
                return isProperties(value) ? value : assert.fail(type);
            });
        const make = async (type: string) => {
            const made: Made[] = [];
            for (const each of inputs(type)) made.push(await client.create(type, "x", each));
            return made;
        };
        vms = [];
        for (const { vmId, host, name } of machines)
            vms.push(await client.create(VM, name, { ...bareMachine, vmId, name, nodeName: host.name }));
        managed = await make(RESOURCE);
        rules = await make(RULE);
    });

    after(async () => {
        await client.close();
        await house.close();
    });

    it("has the rules that the program asks for", async () => {
        const kept = await house.byHand("GET", "/cluster/ha/rules");
        assert.ok(Array.isArray(kept));
        const words = ["rule", "type", "resources", "nodes", "strict", "affinity"];
        const lines = kept.map((rule: unknown) => words.map((word) => textOf(valueAt(rule, word))).join(" "));
        assert.deepEqual(lines.sort(), [
            "home-on-pve-1 node-affinity vm:301 pve-1:1 1 ",
            "home-on-pve-2 node-affinity vm:302 pve-2:1 1 ",
            "home-servers-apart resource-affinity vm:301,vm:302   negative",
        ]);
    });

    it("finds nothing to do in a second run, nor after a refresh", async () => {
        for (const each of [...vms, ...managed, ...rules]) {
            assert.deepEqual(await client.changes(each, each.inputs), {}, each.type);
            const read = await client.refresh(each);
            assert.ok(read);
            assert.deepEqual(await client.changes(read, each.inputs), {}, each.type);
        }
    });

    it("refuses a rule for a machine that nobody manages", async () => {
        const inputs = {
            rule: "x-rule",
            type: "resource-affinity",
            affinity: "negative",
            resources: ["vm:301", "vm:999"],
        };
        await assert.rejects(client.create(RULE, "x", inputs), /cannot use unmanaged resource\(s\) vm:999/);
    });

    it("needs both of the privileges that come with it", async () => {
        const [first] = managed;
        assert.ok(first);
        const holding = (...privs: string[]) => house.byHand("PUT", "/access/roles/Ha", { privs: privs.join(",") });
        await holding("Sys.Console");
        await assert.rejects(client.refresh(first), /Permission check failed \(\/, Sys\.Audit\)/);
        await holding("Sys.Audit");
        await assert.rejects(
            client.update(first, { ...first.inputs, maxRestart: 5 }),
            /Permission check failed \(\/, Sys\.Console\)/,
        );
        await holding(...privileges);
        assert.deepEqual(privileges.sort(), ["Sys.Audit", "Sys.Console"]);
    });

    it("takes all of it away, the machines last", async () => {
        for (const each of [...rules, ...managed, ...vms]) await client.delete(each);
        assert.deepEqual(await house.byHand("GET", "/cluster/ha/resources"), []);
        assert.deepEqual(house.proxmox.machines(), []);
    });
});
