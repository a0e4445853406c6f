import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InitializationError } from "../../../../lab/providers/kit/provider";
import { createBridge } from "../../../../lab/providers/proxmoxve/index";
import { TerraformProcess } from "../../../../lab/providers/proxmoxve/process";
import { eventually } from "../../../support/eventually";
import { agentMachine, bareMachine, DOWNLOAD, download, VM } from "./agent-machine";
import { type Client, House } from "./house";

describe("bridge: what is refused, and what a failure leaves", () => {
    let house: House;
    let client: Client;

    before(async () => {
        house = await House.start("127.45");
        client = await house.provider();
    });

    after(async () => {
        await client.close();
        await house.close();
    });

    it("refuses wrong inputs by Pulumi's paths, all at once and before anything is made", async () => {
        const { failures } = await client.check(VM, "vm", {
            ...agentMachine,
            nodeName: null,
            bios: "efi",
            cpu: { sockets: 0 },
            disks: [{ interface: "scsi0", size: -3 }],
        });
        assert.deepEqual(failures.map(({ property }) => property).sort(), [
            "bios",
            "cpu.sockets",
            "disks[0].size",
            "nodeName",
        ]);
        assert.match(failures.find(({ property }) => property === "bios")?.reason ?? "", /"ovmf" "seabios".*got efi/);
    });

    it("refuses settings that cannot be meant", async () => {
        await assert.rejects(house.provider({ apiToken: "abc" }), /USER@REALM!TOKENID=UUID/);
        await assert.rejects(house.provider({ endpoint: "http://pve-1" }), /https:\/\/host:port/);
        await assert.rejects(house.provider({ ssh: "[1]" }), /^Error: ssh: an object is expected here, not a list$/);
    });

    it("says that a token is wrong", async () => {
        const token = "pulumi@pve!homelab=00000000-0000-0000-0000-000000000000";
        const stranger = await house.provider({ apiToken: token });
        await assert.rejects(stranger.create(VM, "vm", bareMachine), /401.*Authentication failed/);
        await stranger.close();
    });

    it("says that no host is there, or none of that name", async () => {
        const lost = await house.provider({ endpoint: "https://127.45.20.99:8006/" });
        await assert.rejects(lost.create(VM, "vm", bareMachine), /connection refused/);
        await lost.close();
        await assert.rejects(client.create(VM, "vm", { ...bareMachine, nodeName: "pve-9" }), /'pve-9'.*not known/);
    });

    it("says that a datastore is full, and records nothing", async () => {
        const disks = [{ interface: "scsi0", datastoreId: "local-lvm", size: 9000 }];
        await assert.rejects(client.create(VM, "vm", { ...bareMachine, vmId: 202, disks }), (error: unknown) => {
            assert.ok(error instanceof Error && !(error instanceof InitializationError));
            assert.match(error.message, /free space in thin pool/);
            return true;
        });
        assert.deepEqual(house.proxmox.machines(), []);
    });

    it("takes over a machine whose id is in use, as the real provider does", async () => {
        const first = await client.create(VM, "first", { ...bareMachine, vmId: 203 });
        const second = await client.create(VM, "second", { ...bareMachine, vmId: 203, name: "another" });
        assert.equal(second.id, "203");
        assert.equal(second.outputs["name"], "bare");
        assert.deepEqual(await client.changes(second, second.inputs), { name: "update" });
        await client.delete(first);
    });

    it("records a machine that was made but does not start, and starts it with the next run", async () => {
        house.bodies.startFails = "kvm: out of memory";
        const failure = await client.create(VM, "vm", { ...bareMachine, vmId: 204 }).catch((error: unknown) => error);
        house.bodies.startFails = undefined;
        assert.ok(failure instanceof InitializationError);
        assert.match(failure.message, /kvm: out of memory/);
        assert.equal(failure.outputs["started"], false);
        const { id, inputs, outputs } = failure;
        const made = { type: VM, name: "vm", id, inputs, outputs };
        assert.deepEqual(await client.changes(made, inputs), { started: "update" });
        const running = await client.update(made, inputs);
        assert.equal(house.proxmox.machines()[0]?.power, "on");
        await client.delete(running);
    });

    it("stops what can be stopped when it is cancelled, and records what cannot", async () => {
        // Longer than the way to the machine, also on a busy one: the download has to be under way then.
        const slow = await House.start("127.46", { taskMilliseconds: 5_000 });
        const cancelled = await slow.provider();
        const creation = cancelled.create(VM, "vm", bareMachine);
        const loading = cancelled.create(DOWNLOAD, "image", download).catch((error: unknown) => error);
        await eventually("the machine is there", () => slow.proxmox.machines().length > 0);
        cancelled.cancel();
        const failure = await loading;
        assert.ok(failure instanceof Error);
        assert.match(failure.message, /context canceled/);
        assert.equal((await creation).id, "201");
        await assert.rejects(cancelled.create(VM, "vm", bareMachine), /the engine cancelled the operation/);
        await cancelled.close();
        await slow.close();
    });

    it("says that the provider's process died, with its last words, and leaves nothing of it", async () => {
        const binary = join(house.folder, "dying-provider");
        const socket = "$PLUGIN_UNIX_SOCKET_DIR/s";
        const script = `#!/bin/sh\necho "1|6|unix|${socket}|grpc|"\necho "panic: nil map" >&2\nexit 2\n`;
        await writeFile(binary, script, { mode: 0o755 });
        const provider = await TerraformProcess.start({ ...house.tools, binary });
        await assert.rejects(
            provider.call("GetProviderSchema", {}),
            /process ended \(exit code 2\) before it answered GetProviderSchema[^]*panic: nil map/,
        );
        await provider.close();
        assert.equal(existsSync(provider.socketFolder), false);
    });

    it("says that the provider's program is not there", async () => {
        const bridge = createBridge({ ...house.tools, binary: "/nowhere/terraform-provider-proxmox" });
        await assert.rejects(bridge.configure(house.settings()), /did not start.*exit code 127/);
        await bridge.close?.();
    });
});
