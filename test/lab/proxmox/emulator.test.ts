import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { join } from "node:path";
import { startProxmox } from "../../../lab/proxmox/emulator";
import { fakeBodies } from "../../support/proxmox-bodies";
import { field, items, startRig } from "./rig";

describe("an emulated Proxmox cluster", () => {
    it("answers for the whole cluster on every host, with certificates of its own authority", async () => {
        const rig = await startRig();
        await rig.task("POST", "/nodes/pve-2/qemu", { vmid: "300", name: "elsewhere" });
        const second = rig.proxmox.hosts()[1]?.endpoint ?? "";
        const ask = (ca: Buffer | undefined) =>
            new Promise<string>((resolve, reject) => {
                const headers = { authorization: `PVEAPIToken=${rig.proxmox.credentials.apiToken}` };
                const call = request(
                    `${second}api2/json/nodes/pve-2/qemu/300/config`,
                    { headers, ca, agent: false },
                    (response) => {
                        let text = "";
                        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
                        response.on("end", () => resolve(text));
                    },
                );
                call.on("error", reject).end();
            });
        assert.match(await ask(readFileSync(rig.proxmox.authorityFile)), /"name":"elsewhere"/);
        await assert.rejects(ask(undefined), /certificate/);
        await rig.close();
    });

    it("says which host does not exist in the words of a host that cannot resolve it", async () => {
        const rig = await startRig();
        const { status, reason } = await rig.call("POST", "/nodes/pve-9/qemu", { vmid: "300" });
        assert.equal(status, 500);
        assert.equal(
            reason,
            "hostname lookup 'pve-9' failed - failed to get address info for: pve-9: Name or service not known",
        );
        await rig.close();
    });

    it("remembers machines, volumes, mappings, users, tasks and secrets across a restart", async () => {
        const rig = await startRig();
        await rig.task("POST", "/nodes/pve-1/qemu", { vmid: "201", name: "a", scsi0: "local-lvm:1" });
        await rig.call("POST", "/cluster/mapping/pci", {
            id: "igpu",
            map: "node=pve-1,path=0000:00:02.0,id=8086:3e92",
        });
        const before = await Promise.all(everything.map((path) => rig.call("GET", path)));
        const secrets = rig.proxmox.credentials;
        await rig.restart();
        assert.deepEqual(rig.proxmox.credentials, secrets);
        const after = await Promise.all(everything.map((path) => rig.call("GET", path)));
        assert.deepEqual(
            after.map(({ data }) => data),
            before.map(({ data }) => data),
        );
        assert.ok(items(before[0]?.data).length > 0 && field(before[1]?.data, "name") === "a");
        await rig.close();
    });

    it("does not begin anew when its memory cannot be read, and says what to do", async () => {
        const rig = await startRig();
        const file = join(rig.folder, "state", "cluster.json");
        await rig.proxmox.close();
        writeFileSync(file, "{ half");
        await assert.rejects(rig.restart(), /cluster\.json: not a state of the emulated Proxmox cluster .*lab down/);
        assert.equal(readFileSync(file, "utf8"), "{ half");
    });

    it("serves no host at all when one host's port is taken", async () => {
        const holder = createServer().listen(0, "127.0.0.1");
        await new Promise((resolve) => holder.once("listening", resolve));
        const address = holder.address();
        const taken = typeof address === "object" && address ? address.port : 0;
        const rig = await startRig();
        const host = (name: string, apiPort: number) => ({ name, address: "127.0.0.1", apiPort, sshPort: 0 });
        await assert.rejects(
            startProxmox({
                hosts: [host("pve-1", 0), host("pve-2", taken)],
                folder: join(rig.folder, "second"),
                logs: join(rig.folder, "logs"),
                bodies: fakeBodies(),
            }),
            /EADDRINUSE/,
        );
        assert.ok(existsSync(join(rig.folder, "second", "credentials.json")), "its secrets are kept for the next try");
        holder.close();
        await rig.close();
    });
});

const everything = [
    "/nodes/pve-1/tasks",
    "/nodes/pve-1/qemu/201/config",
    "/nodes/pve-1/storage/local-lvm/content",
    "/cluster/mapping/pci",
    "/access/permissions",
];
