import assert from "node:assert/strict";
import { textOf } from "../../../../lab/plain-values";
import { Unknown } from "../../../../lab/providers/kit/provider";
import { isProperties } from "../../../../lab/providers/kit/values";
import { agentMachine, bareMachine, DOWNLOAD, download, MAPPING, mapping, SNIPPET, snippet, VM } from "./agent-machine";
import { type Client, House, type Made } from "./house";

describe("bridge: the life of a machine with its files and its GPU", () => {
    let house: House;
    let client: Client;
    let made: { gpu: Made; file: Made; image: Made; vm: Made };

    before(async () => {
        house = await House.start("127.43");
        client = await house.provider();
        made = {
            gpu: await client.create(MAPPING, "gpu", mapping),
            file: await client.create(SNIPPET, "file", snippet),
            image: await client.create(DOWNLOAD, "image", download),
            vm: await client.create(VM, "vm", agentMachine),
        };
    });

    after(async () => {
        await client.close();
        await house.close();
    });

    it("makes them under the ids that the released plugin gives", () => {
        assert.equal(made.gpu.id, "igpu");
        assert.equal(made.file.id, "local:snippets/k3s-agent-1.user-data.yaml");
        assert.equal(made.image.id, "local:import/debian-13-generic-amd64.qcow2");
        assert.equal(made.vm.id, "211");
        assert.deepEqual(house.proxmox.machines(), [{ vmId: 211, name: "k3s-agent-1", host: "pve-1", power: "on" }]);
    });

    it("hands the machine to its body with the user-data that was uploaded over SSH", () => {
        const spec = house.bodies.machines.at(-1)?.spec;
        assert.equal(spec?.userData, "#cloud-config\nhostname: k3s-agent-1\n");
        assert.equal(spec.memoryMiB, 12288);
        assert.deepEqual(spec.pciDevices, [{ vendorDevice: "8086:3e92", mapping: "igpu" }]);
    });

    it("finds nothing to do in a second run", async () => {
        for (const each of Object.values(made)) {
            assert.deepEqual(await client.changes(each, each.inputs), {}, each.type);
        }
    });

    it("reads everything back as it was", async () => {
        for (const each of Object.values(made)) {
            const read = await client.refresh(each);
            assert.deepEqual(read?.inputs, each.inputs, each.type);
            // What begins with "__" is the bridge's and hidden by the engine.
            assert.deepEqual({ ...read.outputs, __meta: "" }, { ...each.outputs, __meta: "" }, each.type);
        }
    });

    it("previews a new machine with what the provider will decide left unknown", async () => {
        const outputs = await client.planned(VM, { ...agentMachine, vmId: 212 });
        assert.equal(outputs["id"], Unknown.value);
        assert.equal(outputs["ipv4Addresses"], Unknown.value);
        assert.equal(outputs["vmId"], 212);
        assert.equal(outputs["keyboardLayout"], "en-us");
    });

    it("plans with values that are not known yet", async () => {
        const { initialization: known = null } = agentMachine;
        assert.ok(isProperties(known));
        const initialization = { ...known, userDataFileId: Unknown.value };
        const changes = await client.changes(made.vm, { ...agentMachine, initialization });
        assert.deepEqual(changes, { "initialization.userDataFileId": "update-replace" });
    });

    it("names what would change in place", async () => {
        const news = { ...agentMachine, memory: { dedicated: 8192, floating: 0 }, tags: ["homelab"], protection: true };
        assert.deepEqual(await client.changes(made.vm, news), {
            "memory.dedicated": "update",
            protection: "update",
            "tags[0]": "update",
            "tags[1]": "delete",
            "tags[2]": "delete",
            "tags[3]": "delete",
        });
    });

    it("names what is added and what is taken away", async () => {
        const news = { ...agentMachine, description: null, watchdog: { enabled: true } };
        assert.deepEqual(await client.changes(made.vm, news), { description: "update", watchdog: "add" });
    });

    it("replaces a machine for another id or host, the old one first because its name is given", async () => {
        const { detailed, deleteBeforeReplace } = await client.diff(made.vm, {
            ...agentMachine,
            vmId: 299,
            nodeName: "pve-2",
        });
        assert.deepEqual(Object.fromEntries([...detailed].map(([path, { kind }]) => [path, kind])), {
            vmId: "update-replace",
            nodeName: "update-replace",
        });
        assert.equal(deleteBeforeReplace, true);
    });

    it("replaces a snippet for another text, and leaves the order to the program because it has no name", async () => {
        const news = { ...snippet, sourceRaw: { fileName: "k3s-agent-1.user-data.yaml", data: "#cloud-config\n" } };
        const diff = await client.diff(made.file, news);
        assert.deepEqual([...diff.detailed.keys()], ["sourceRaw.data"]);
        assert.equal(diff.detailed.get("sourceRaw.data")?.kind, "update-replace");
        assert.equal(diff.deleteBeforeReplace, undefined);
    });

    it("names the changed member of a set", async () => {
        const [first, second] = mapping["maps"] as object[];
        const news = { ...mapping, maps: [{ ...first, iommuGroup: 7 }, { ...second }] };
        assert.deepEqual(await client.changes(made.gpu, news), { "maps[0].iommuGroup": "update" });
    });

    it("leaves alone what the program ignores, even where it moved by itself", async () => {
        await house.byHand("PUT", "/nodes/pve-1/qemu/211/config", { description: "by hand" });
        const drifted = await client.refresh(made.vm);
        assert.ok(drifted);
        assert.deepEqual(await client.changes(drifted, agentMachine), { description: "update" });
        assert.deepEqual(await client.changes(drifted, agentMachine, ["description"]), {});
        made.vm = await client.update(drifted, agentMachine);
    });

    it("shows exactly what somebody changed by hand, and sets it back", async () => {
        await house.byHand("PUT", "/nodes/pve-1/qemu/211/config", { memory: "4096", tags: "homelab;manual" });
        const drifted = await client.refresh(made.vm);
        assert.ok(drifted);
        const { memory, tags, ...rest } = drifted.inputs;
        assert.deepEqual(memory, { dedicated: 4096, floating: 0 });
        assert.deepEqual(tags, ["homelab", "manual"]);
        assert.deepEqual({ ...rest, memory: agentMachine["memory"], tags: agentMachine["tags"] }, agentMachine);
        assert.deepEqual(Object.keys(await client.changes(drifted, agentMachine)), [
            "tags[0]",
            "tags[1]",
            "tags[2]",
            "tags[3]",
            "memory.dedicated",
        ]);
        const repaired = await client.update(drifted, agentMachine);
        assert.deepEqual(await client.refresh(repaired), repaired);
        assert.deepEqual(repaired.outputs["memory"], made.vm.outputs["memory"]);
    });

    it("switches a machine on again that lost its power", async () => {
        await house.proxmox.cord(211);
        const off = await client.refresh(made.vm);
        assert.ok(off);
        assert.deepEqual(await client.changes(off, agentMachine), { started: "update" });
        await client.update(off, agentMachine);
        assert.equal(house.proxmox.machines()[0]?.power, "on");
    });

    it("imports a machine such that the program that made it has nothing to change", async () => {
        // An import asks for the guest's addresses, which is more than a program needs.
        await house.byHand("POST", "/access/roles", { roleid: "Asking", privs: "VM.GuestAgent.Audit" });
        await house.byHand("PUT", "/access/acl", { path: "/vms", users: "pulumi@pve", roles: "Asking" });
        const imported = await client.import(VM, "pve-1/211");
        assert.ok(imported);
        assert.equal(imported.id, "211");
        assert.deepEqual(imported.inputs["memory"], { dedicated: 12288 });
        assert.deepEqual(await client.changes(imported, imported.inputs), {});
    });

    it("finds nothing to import where nothing is", async () => {
        assert.equal(await client.import(VM, "pve-1/999"), undefined);
        await assert.rejects(client.import(VM, "211"), /expected node\/id/);
    });

    it("answers what data sources know", async () => {
        const ask = async (token: string, args: object) => {
            return (await client.provider.invoke?.(token, { ...args }, client.context))?.outputs;
        };
        const vms = await ask("proxmoxve:index/getVmsLegacy:getVmsLegacy", { nodeName: "pve-1" });
        const [vm] = vms?.["vms"] as { name: string; vmId: number }[];
        assert.deepEqual([vm?.name, vm?.vmId], ["k3s-agent-1", 211]);
        const pci = await ask("proxmoxve:hardware/getPci:getPci", { nodeName: "pve-1" });
        const [device] = pci?.["devices"] as { id: string; vendor: string }[];
        assert.deepEqual([device?.id, device?.vendor], ["0000:00:02.0", "0x8086"]);
        await assert.rejects(ask("proxmoxve:index/getNothing:getNothing", {}), /has no such function/);
    });

    it("names a machine that the program leaves unnamed, the same in every run", async () => {
        const unnamed = { nodeName: "pve-1" };
        const first = await client.checked(VM, "worker", unnamed);
        assert.match(textOf(first["name"]), /^worker-[0-9a-f]{7}$/);
        assert.deepEqual(await client.checked(VM, "renamed", unnamed, first), first);
        assert.equal((await client.checked(VM, "worker", bareMachine, first))["name"], "bare");
    });

    it("deletes in the end, and finds nothing any more", async () => {
        for (const each of [made.vm, made.image, made.file, made.gpu]) await client.delete(each);
        for (const each of Object.values(made)) assert.equal(await client.refresh(each), undefined, each.type);
        assert.deepEqual(house.proxmox.machines(), []);
    });
});
