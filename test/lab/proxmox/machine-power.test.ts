import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { field, items, startRig, type Rig } from "./rig";

describe("power of an emulated machine", () => {
    let rig: Rig;
    beforeEach(async () => {
        rig = await startRig();
        await rig.task("POST", "/nodes/pve-1/qemu", {
            vmid: "201",
            name: "k3s-server-1",
            cores: "4",
            memory: "8192",
            scsi0: "local-lvm:40",
            net0: "virtio=BC:24:11:00:00:01,bridge=vmbr0",
            ipconfig0: "ip=127.0.20.21/24,gw=127.0.20.1",
            cicustom: "user=local:snippets/user.yaml",
            agent: "enabled=1",
        });
        writeSnippet("user.yaml", "#cloud-config\n");
    });
    afterEach(() => rig.close());

    function writeSnippet(name: string, text: string): void {
        writeFileSync(join(rig.folder, "state/hosts/pve-1/local/snippets", name), text);
    }
    const act = (action: string) => rig.task("POST", `/nodes/pve-1/qemu/201/status/${action}`);
    // The program's token may not ask: the program knows the addresses.
    const agent = async () =>
        rig.call("GET", "/nodes/pve-1/qemu/201/agent/network-get-interfaces", {}, await rig.ticket());

    it("boots with what the settings and the snippet say at that moment", async () => {
        writeSnippet("user.yaml", "#cloud-config\nhostname: later\n");
        assert.equal(await act("start"), "OK");
        assert.deepEqual(rig.bodies.machines[0]?.spec, {
            vmId: 201,
            name: "k3s-server-1",
            host: "pve-1",
            cores: 4,
            memoryMiB: 8192,
            diskGiB: 40,
            interfaces: [{ mac: "BC:24:11:00:00:01", address: "127.0.20.21", prefix: 24 }],
            pciDevices: [],
            userData: "#cloud-config\nhostname: later\n",
        });
    });

    it("lets a machine's disks be forgotten when it is deleted, and not before", async () => {
        await act("start");
        await rig.call("DELETE", "/nodes/pve-1/qemu/201");
        await act("stop");
        assert.deepEqual(rig.bodies.discarded, []);
        assert.equal(await rig.task("DELETE", "/nodes/pve-1/qemu/201"), "OK");
        assert.deepEqual(rig.bodies.discarded, ["201 k3s-server-1"]);
    });

    it("asks the guest to end, or pulls the plug, as it was told", async () => {
        for (const action of ["start", "shutdown", "start", "reboot", "stop"]) assert.equal(await act(action), "OK");
        assert.deepEqual(
            rig.bodies.machines.map(({ events }) => events),
            [
                ["start", "shutdown"],
                ["start", "shutdown"],
                ["start", "power-off"],
            ],
        );
        await act("start");
        await rig.proxmox.cord(201);
        assert.deepEqual(rig.proxmox.machines(), [{ vmId: 201, name: "k3s-server-1", host: "pve-1", power: "off" }]);
    });

    it("does not start twice, nor restart what is off", async () => {
        assert.equal((await rig.call("POST", "/nodes/pve-1/qemu/201/status/reboot")).reason, "VM 201 not running");
        await act("start");
        assert.equal(await act("start"), "VM 201 already running");
    });

    it("fails the start, and stays off, when the snippet is gone or the body does not come up", async () => {
        await rig.call("PUT", "/nodes/pve-1/qemu/201/config", { cicustom: "user=local:snippets/none.yaml" });
        assert.equal(await act("start"), "volume 'local:snippets/none.yaml' does not exist");
        await rig.call("PUT", "/nodes/pve-1/qemu/201/config", { cicustom: "user=local:snippets/user.yaml" });
        rig.bodies.startFails = "no body";
        assert.equal(await act("start"), "no body");
        assert.equal(rig.proxmox.machines()[0]?.power, "off");
    });

    it("answers for the guest agent only while it does", async () => {
        assert.equal((await agent()).reason, "VM 201 is not running");
        await act("start");
        rig.bodies.agentAnswers = false;
        assert.equal((await agent()).reason, "QEMU guest agent is not running");
        rig.bodies.agentAnswers = true;
        const [lo, eth0] = items(field((await agent()).data, "result"));
        assert.equal(field(lo, "name"), "lo");
        assert.deepEqual(items(field(eth0, "ip-addresses")), [
            { "ip-address": "127.0.20.21", "ip-address-type": "ipv4", prefix: 24 },
            { "ip-address": "fd00::be24:11ff:fe00:0001", "ip-address-type": "ipv6", prefix: 64 },
        ]);
        await rig.call("PUT", "/nodes/pve-1/qemu/201/config", { delete: "agent" });
        assert.equal((await agent()).reason, "No QEMU guest agent configured");
    });

    it("writes the console to a log of the machine's name", async () => {
        await act("start");
        assert.equal(
            readFileSync(join(rig.folder, "logs/machines/k3s-server-1.log"), "utf8"),
            "k3s-server-1: booting\n",
        );
    });

    it("goes on after a restart with what was on, and tells which could not", async () => {
        await act("start");
        await rig.task("POST", "/nodes/pve-2/qemu", { vmid: "202" });
        await rig.restart();
        assert.deepEqual(
            rig.proxmox.machines().map(({ power }) => power),
            ["off", "off"],
        );
        assert.deepEqual(await rig.proxmox.resumeMachines(), []);
        assert.deepEqual(
            rig.proxmox.machines().map(({ power }) => power),
            ["on", "off"],
        );
        await rig.restart();
        rig.bodies.startFails = "no body";
        assert.deepEqual(await rig.proxmox.resumeMachines(), [{ vmId: 201, name: "k3s-server-1", problem: "no body" }]);
    });
});
