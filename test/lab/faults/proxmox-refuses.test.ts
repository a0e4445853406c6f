import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { parseDocument } from "yaml";
import { loadCredentials } from "../../../lab/proxmox/credentials";
import { cottage, openFaultLab, type FaultLab } from "../../support/fault-lab";

const TOKEN = "homelab:proxmoxApiToken";

describe("make up on a Proxmox that refuses", function () {
    this.timeout(240_000);
    let lab: FaultLab;

    before(async () => {
        lab = openFaultLab(71, cottage());
        // The hardware is there and nothing of the house.
        const first = lab.start("up");
        await first.printed(/lab: pulumi up/);
        first.interrupt();
        await first.done;
    });
    after(() => lab.close());

    const setToken = async (token: string) => {
        const { code, output } = await lab.pulumi("config", "set", "--secret", TOKEN, token, "--stack", "dev");
        assert.equal(code, 0, output);
    };
    const guests = async () => {
        const list = await lab.proxmox("GET", "/nodes/pve-1/qemu");
        return (Array.isArray(list) ? list : []).map(
            ({ vmid, name }: { vmid: number; name: string }) => `${vmid} ${name}`,
        );
    };
    const make = async (parameters: Readonly<Record<string, string>>) => {
        await lab.proxmox("POST", "/nodes/pve-1/qemu", parameters);
        while (!(await guests()).some((guest) => guest.startsWith(`${parameters["vmid"]} `))) await sleep(50);
    };
    const remove = async (vmId: number) => {
        await lab.proxmox("DELETE", `/nodes/pve-1/qemu/${vmId}`);
        while ((await guests()).some((guest) => guest.startsWith(`${vmId} `))) await sleep(50);
    };

    it("says that the token is wrong and how to set it, and makes nothing on Proxmox", async () => {
        const { apiToken } = loadCredentials(lab.paths.proxmox);
        await setToken("pulumi@pve!homelab=00000000-0000-0000-0000-000000000000");
        const { code, output } = await lab.lab("up");
        assert.notEqual(code, 0);
        assert.match(
            output,
            /https:\/\/127\.71\.20\.11:8006\/: it does not accept the API token \(Authentication failed!\)/,
        );
        assert.match(output, /nothing on Proxmox was changed\. .* pulumi config set --secret homelab:proxmoxApiToken/);
        assert.equal(output.match(/^ {4}error: /gm)?.length, 1, output);
        assert.deepEqual(await guests(), []);
        assert.deepEqual(await lab.proxmox("GET", "/nodes/pve-1/storage/local/content"), []);
        assert.ok(!output.includes(apiToken) && !output.includes("00000000-0000"), "a token was printed");
        await setToken(apiToken);
    });

    it("names the guest that has a machine's number, and neither changes nor adopts it", async () => {
        await make({ vmid: "201", name: "grandmothers-photos", memory: "512" });
        const before = await lab.proxmox("GET", "/nodes/pve-1/qemu/201/config");
        const { code, output } = await lab.lab("up");
        assert.notEqual(code, 0);
        assert.match(
            output,
            /k3s-server-1: id 201 is taken by the VM grandmothers-photos on pve-1 \(.*\); give k3s-server-1 another vmId/,
        );
        assert.deepEqual(await lab.proxmox("GET", "/nodes/pve-1/qemu/201/config"), before);
        assert.deepEqual(
            lab.resources().filter(({ type }) => type.includes("vmLegacy")),
            [],
        );
        await remove(201);
    });

    it("gives Proxmox's own words when the datastore is full, and keeps account of what is half made", async () => {
        // Room for the image, not for the disk that it is to become.
        await make({ vmid: "900", name: "hoarder", scsi0: "local-lvm:790" });
        const { code, output } = await lab.lab("up");
        assert.notEqual(code, 0);
        assert.match(output, /VmLegacy \(k3s-server-1-vm\):\n.*error: /);
        assert.match(output, /free space in thin pool pve\/data reached threshold/);
        assert.deepEqual((await guests()).sort(), ["201 k3s-server-1", "900 hoarder"]);
        const [machine] = lab.resources().filter(({ type }) => type.includes("vmLegacy"));
        assert.equal(machine?.id, "201");
        await remove(900);
    });

    it("brings the house up as soon as the reasons are gone, finishes what is half made, and changes nothing more", async () => {
        await lab.upAndWhole();
        assert.deepEqual(await guests(), ["201 k3s-server-1"]);
        assert.match(JSON.stringify(await lab.proxmox("GET", "/nodes/pve-1/qemu/201/config")), /size=80G/);
    });

    it("names a host that the cluster does not have, and what it has; the rest of the house stays as it is", async () => {
        lab.changeStackFile((text) => {
            const stack = parseDocument(text);
            stack.addIn(["config", "homelab:hosts"], { name: "pve-2", address: "127.71.20.12", sshPort: 2222 });
            return stack.toString();
        });
        const count = lab.resources().length;
        const { code, output } = await lab.pulumi("up", "--yes", "--skip-preview", "--stack", "dev");
        assert.notEqual(code, 0);
        assert.match(
            output,
            /hosts\[1\]\.name: pve-2 is not known to the Proxmox cluster at https:\S+, which has pve-1 \(.*\); write the name/,
        );
        assert.equal(lab.resources().length, count);
        const preview = await lab.lab("preview", "--expect-no-changes");
        assert.equal(preview.code, 0, preview.output);
    });
});
