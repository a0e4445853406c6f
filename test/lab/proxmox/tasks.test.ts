import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClusterFile } from "../../../lab/proxmox/cluster-state";
import { Tasks } from "../../../lab/proxmox/tasks";
import { field, items, startRig } from "./rig";

const request = { node: "pve-1", type: "qmstart", id: "201", user: "root@pam" };

describe("tasks of the emulated Proxmox", () => {
    const file = () => new ClusterFile(join(mkdtempSync(join(tmpdir(), "proxmox-")), "cluster.json"));

    it("have a UPID as Proxmox VE writes it", () => {
        const upid = new Tasks(file(), 0).start(request, () => undefined);
        assert.match(upid, /^UPID:pve-1:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:qmstart:201:root@pam:$/);
    });

    it("run until their work is done, one after another for one machine", async () => {
        const tasks = new Tasks(file(), 0);
        const order: string[] = [];
        const release: (() => void)[] = [];
        const first = tasks.start(request, async () => {
            await new Promise<void>((resume) => release.push(resume));
            order.push("first");
        });
        tasks.start(request, () => void order.push("second"));
        tasks.start({ ...request, id: "202" }, () => void order.push("other machine"));
        await new Promise((resume) => setImmediate(resume));
        assert.equal(tasks.find(first).exitStatus, undefined);
        release[0]?.();
        await tasks.settled();
        assert.deepEqual(order, ["other machine", "first", "second"]);
        assert.equal(tasks.find(first).exitStatus, "OK");
    });

    it("end with the words of what went wrong, and the next one runs all the same", async () => {
        const tasks = new Tasks(file(), 0);
        const upid = tasks.start(request, () => {
            throw new Error("no such disk");
        });
        const next = tasks.start(request, () => undefined);
        await tasks.settled();
        assert.equal(tasks.find(upid).exitStatus, "no such disk");
        assert.equal(tasks.find(upid).log.at(-1), "TASK ERROR: no such disk");
        assert.equal(tasks.find(next).exitStatus, "OK");
    });

    it("that a crash cut off are over when the cluster is back", () => {
        const state = file();
        const upid = new Tasks(state, 0).start(request, () => new Promise(() => undefined));
        assert.equal(new Tasks(state, 0).find(upid).exitStatus, "unexpected status");
    });

    it("can be listed, watched and read by clients", async () => {
        const rig = await startRig({ taskMilliseconds: 1_500 });
        const { data: upid } = await rig.call("POST", "/nodes/pve-1/qemu", { vmid: "201", scsi0: "local-lvm:1" });
        const path = `/nodes/pve-1/tasks/${encodeURIComponent(String(upid))}`;
        assert.equal(field((await rig.call("GET", `${path}/status`)).data, "status"), "running");
        await rig.task("POST", "/nodes/pve-1/qemu/201/config", { cores: "2" });
        const status = (await rig.call("GET", `${path}/status`)).data;
        assert.deepEqual([field(status, "status"), field(status, "exitstatus")], ["stopped", "OK"]);
        const lines = items((await rig.call("GET", `${path}/log`)).data).map((line) => field(line, "t"));
        assert.deepEqual(lines, ["scsi0: successfully created disk 'local-lvm:vm-201-disk-0'", "TASK OK"]);
        const listed = items((await rig.call("GET", "/nodes/pve-1/tasks", { vmid: "201" })).data);
        assert.deepEqual(
            listed.map((line) => field(line, "type")),
            ["qmconfig", "qmcreate"],
        );
        const unknown = await rig.call("GET", "/nodes/pve-1/tasks/nonsense/status");
        assert.deepEqual(unknown.errors, { upid: "unable to parse worker upid" });
        await rig.close();
    });
});
