import assert from "node:assert/strict";
import { field, GPU, gpuEntry, items, startRig, type Rig } from "./rig";

describe("machines of the emulated Proxmox", () => {
    let rig: Rig;
    before(async () => {
        rig = await startRig({
            storages: [
                { id: "local", type: "dir", path: "/var/lib/vz", content: ["import", "snippets"], capacityGiB: 2 },
                { id: "local-lvm", type: "lvmthin", content: ["images"], capacityGiB: 50 },
            ],
        });
    });
    after(() => rig.close());

    const create = (form: Record<string, string>, node = "pve-1") => rig.call("POST", `/nodes/${node}/qemu`, form);
    const config = async (vmId: number, node = "pve-1") =>
        (await rig.call("GET", `/nodes/${node}/qemu/${vmId}/config`)).data;

    it("keeps settings in Proxmox VE's own form", async () => {
        const image = { url: "https://example.org/debian.qcow2", content: "import", filename: "debian.qcow2" };
        assert.equal(await rig.task("POST", "/nodes/pve-1/storage/local/download-url", image), "OK");
        const form = {
            vmid: "201",
            name: "k3s-server-1",
            onboot: "1",
            cores: "4",
            memory: "8192",
            efidisk0: "file=local-lvm:1,format=raw,efitype=4m,pre-enrolled-keys=0",
            scsi0: "file=local-lvm:0,import-from=local:import/debian.qcow2,iothread=1,ssd=1",
            ide2: "file=local-lvm:cloudinit",
            net0: "model=virtio,bridge=vmbr0,firewall=0,tag=20",
            boot: "order=scsi0;net0",
            agent: "enabled=1,fstrim_cloned_disks=1,type=virtio",
        };
        assert.equal(await rig.task("POST", "/nodes/pve-1/qemu", form), "OK");
        const kept = await config(201);
        assert.equal(field(kept, "efidisk0"), "local-lvm:vm-201-disk-0,efitype=4m,pre-enrolled-keys=0,size=4M");
        assert.equal(field(kept, "scsi0"), "local-lvm:vm-201-disk-1,iothread=1,size=3G,ssd=1");
        assert.equal(field(kept, "ide2"), "local-lvm:vm-201-cloudinit,media=cdrom,size=4M");
        assert.match(String(field(kept, "net0")), /^virtio=BC:24:11:[0-9A-F:]{8},bridge=vmbr0,firewall=0,tag=20$/);
        assert.deepEqual([field(kept, "cores"), field(kept, "memory"), field(kept, "onboot")], [4, "8192", 1]);
        for (const own of ["digest", "vmgenid", "smbios1", "meta"]) assert.ok(field(kept, own), `${own} is there`);
    });

    it("refuses a number that is in use anywhere in the cluster, in the words on which clients decide", async () => {
        const { status, reason } = await create({ vmid: "201", name: "other" }, "pve-2");
        assert.deepEqual([status, reason], [500, "unable to create VM 201 - VM 201 already exists on node 'pve-1'"]);
        const next = await rig.call("GET", "/cluster/nextid", { vmid: "201" });
        assert.deepEqual([next.status, next.errors], [400, { vmid: "VM 201 already exists" }]);
        assert.equal(field(await config(201), "name"), "k3s-server-1");
    });

    it("lets one of two machines made at once with one number win", async () => {
        const answers = await Promise.all([create({ vmid: "202", name: "a" }), create({ vmid: "202", name: "b" })]);
        assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 500]);
    });

    it("names every wrong parameter in one answer", async () => {
        const { status, reason, errors } = await create({
            vmid: "7",
            bios: "uefi",
            cores: "0",
            name: "not a name",
            net0: "model=ne2k,bridge=vmbr0",
            scsi99: "local-lvm:1",
            scsi0: "local-lvm:1,fast=1",
            agent: "maybe",
        });
        assert.deepEqual([status, reason], [400, "Parameter verification failed."]);
        assert.deepEqual(errors, {
            vmid: "value must have a minimum value of 100",
            bios: "value 'uefi' does not have a value in the enumeration 'seabios, ovmf'",
            cores: "value must have a minimum value of 1",
            name: "invalid format - value 'not a name' does not look like a valid DNS name\n",
            net0:
                "invalid format - format error\nnet0.model: value 'ne2k' does not have a value in the enumeration " +
                "'e1000, e1000e, rtl8139, virtio, vmxnet3'\n",
            scsi99: "property is not defined in schema and the schema does not allow additional properties",
            scsi0: "invalid format - invalid key in comma-separated list property: fast\n",
            agent: "invalid format - format error\nagent.enabled: type check ('boolean') failed - got 'maybe'\n",
        });
        const missing = await create({ name: "x" });
        assert.deepEqual(missing.errors, { vmid: "property is missing and it is not optional" });
    });

    it("says in the storage's words that a datastore is full, and leaves nothing of the machine", async () => {
        const exit = await rig.task("POST", "/nodes/pve-1/qemu", {
            vmid: "203",
            scsi0: "local-lvm:30",
            scsi1: "local-lvm:30",
        });
        assert.match(exit, /^unable to create VM 203 - lvcreate 'pve\/vm-203-disk-1' error: .*free space in thin pool/);
        assert.match((await rig.call("GET", "/nodes/pve-1/qemu/203/config")).reason, /203\.conf' does not exist/);
        const disks = await rig.call("GET", "/nodes/pve-1/storage/local-lvm/content", { vmid: "203" });
        assert.deepEqual(items(disks.data), []);
    });

    it("grows disks, never shrinks them, and not beyond the datastore", async () => {
        const resize = (size: string) => rig.task("PUT", "/nodes/pve-1/qemu/201/resize", { disk: "scsi0", size });
        assert.equal(await resize("10G"), "OK");
        assert.match(String(field(await config(201), "scsi0")), /size=10G/);
        assert.equal(await resize("5G"), "shrinking disks is not supported");
        assert.match(await resize("+900G"), /free space in thin pool/);
        assert.match(String(field(await config(201), "scsi0")), /size=10G/);
    });

    it("keeps a removed disk as unused and frees it when that is removed too", async () => {
        await rig.task("POST", "/nodes/pve-1/qemu", { vmid: "204", scsi0: "local-lvm:1" });
        const change = (form: Record<string, string>) => rig.call("PUT", "/nodes/pve-1/qemu/204/config", form);
        await change({ delete: "scsi0" });
        assert.equal(field(await config(204), "unused0"), "local-lvm:vm-204-disk-0");
        await change({ delete: "unused0" });
        assert.deepEqual(
            items((await rig.call("GET", "/nodes/pve-1/storage/local-lvm/content", { vmid: "204" })).data),
            [],
        );
    });

    it("refuses a change that was made for older settings", async () => {
        const digest = String(field(await config(204), "digest"));
        const change = (cores: string) => rig.call("PUT", "/nodes/pve-1/qemu/204/config", { cores, digest });
        assert.equal((await change("2")).status, 200);
        assert.match((await change("3")).reason, /^detected modified configuration/);
    });

    it("takes devices from tokens by mapping only", async () => {
        const raw = await create({ vmid: "205", machine: "q35", hostpci0: "host=0000:00:02.0,pcie=1" });
        assert.deepEqual([raw.status, raw.reason], [500, "only root can set 'hostpci0' config for non-mapped devices"]);
        const rootOnly = await create({ vmid: "205", args: "-device x" });
        assert.equal(rootOnly.reason, "only root can set 'args' config");
    });

    it("does not start a machine whose mapping is missing, wrong or in use", async () => {
        const start = (vmId: number) => rig.task("POST", `/nodes/pve-1/qemu/${vmId}/status/start`);
        for (const vmid of ["206", "207"])
            await rig.task("POST", "/nodes/pve-1/qemu", { vmid, machine: "q35", hostpci0: "mapping=igpu,pcie=1" });
        assert.equal(await start(206), "PCI device mapping not found for 'igpu'");
        const wrong = gpuEntry("pve-1").replace(GPU.id, "8086:9bc5");
        await rig.call("POST", "/cluster/mapping/pci", { id: "igpu", map: [wrong, gpuEntry("pve-2")] });
        assert.match(
            await start(206),
            /hardware probably changed\): 'id' does not match for 'igpu' \(8086:3e92 != 8086:9bc5\)/,
        );
        const checked = await rig.call("GET", "/cluster/mapping/pci", { "check-node": "pve-1" });
        assert.equal(field(items(field(items(checked.data)[0], "checks"))[0], "severity"), "error");
        await rig.call("PUT", "/cluster/mapping/pci/igpu", { map: [gpuEntry("pve-1"), gpuEntry("pve-2")] });
        assert.equal(await start(206), "OK");
        assert.equal(await start(207), "PCI device '0000:00:02.0' already in use by VMID '206'");
        assert.deepEqual(rig.bodies.machines.at(-1)?.spec.pciDevices, [{ vendorDevice: GPU.id, mapping: "igpu" }]);
    });

    it("does not delete a machine that is protected", async () => {
        await rig.task("POST", "/nodes/pve-1/qemu", { vmid: "208", protection: "1" });
        const { reason } = await rig.call("DELETE", "/nodes/pve-1/qemu/208");
        assert.equal(reason, "can't remove VM 208 - protection mode enabled");
    });

    it("answers 501 for what it does not have", async () => {
        const { status, reason } = await rig.call("POST", "/nodes/pve-1/qemu/201/clone", { newid: "300" });
        assert.deepEqual([status, reason], [501, "Method 'POST /nodes/pve-1/qemu/201/clone' not implemented"]);
    });
});
