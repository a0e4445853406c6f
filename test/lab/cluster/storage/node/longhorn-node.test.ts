import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LonghornNode } from "../../../../../lab/cluster/storage/node/longhorn-node";
import type { VolumeRequest } from "../../../../../lab/cluster/storage/node/node-driver";
import { eventually } from "../../../../support/eventually";
import { sharedFolders, startGuest, type TestGuest } from "./guest";
import { removeFolder } from "../../../../support/scratch-folder";

const VOLUME: VolumeRequest = {
    ...{ handle: "pvc-1", attributes: {}, fsType: "ext4", mountFlags: ["noatime"], block: false, shared: false },
};
const STAGING = "/var/lib/kubelet/plugins/kubernetes.io/csi/driver.longhorn.io/1/globalmount";
const TARGET = "/var/lib/kubelet/pods/1/volumes/kubernetes.io~csi/pvc-1/mount";
const SIZE = 64 * 2 ** 20;

describe("Longhorn's part on a real machine", function () {
    this.timeout(60_000);
    const shared: ReturnType<typeof sharedFolders>[] = [];
    const guests: TestGuest[] = [];
    let one: TestGuest;
    let other: TestGuest;
    let file: string;

    before(async function () {
        if (process.getuid?.() !== 0) this.skip();
        const folders = sharedFolders();
        shared.push(folders);
        file = join(folders.blockVolumes, "pvc-1.img");
        writeFileSync(file, "");
        truncateSync(file, SIZE);
        one = await startGuest(folders, { name: "one" });
        other = await startGuest(folders, { name: "other" });
        guests.push(one, other);
    });
    after(async () => {
        for (const guest of guests) await guest.stop();
        for (const { folder } of shared) removeFolder(folder);
    });

    const driverOf = ({ guest }: TestGuest) => new LonghornNode(guest);
    const sh = ({ guest }: TestGuest, script: string) => guest.run("/bin/sh", ["-c", script]);

    it("a volume that nobody made is not found", async () => {
        const missing = { ...VOLUME, handle: "pvc-2" };
        await assert.rejects(driverOf(one).stage(missing, STAGING), /volume pvc-2 not found/);
    });

    it("a new volume gets a file system of its size, with the claim's options, and takes no more room than is written", async () => {
        await driverOf(one).stage(VOLUME, STAGING);
        await driverOf(one).stage(VOLUME, STAGING);
        await driverOf(one).publish(VOLUME, STAGING, TARGET, false);
        const [line = ""] = (await sh(one, `grep ' ${TARGET} ' /proc/self/mounts`)).split("\n");
        assert.match(line, / ext4 rw,noatime/);
        const { bytes, inodes } = await driverOf(one).usage(TARGET);
        assert.ok(bytes.total > SIZE * 0.8 && bytes.total <= SIZE, `${bytes.total} of ${SIZE}`);
        assert.ok(inodes.total > 0);
        assert.ok(statSync(file).blocks * 512 < SIZE / 2, "the file is not sparse");
    });

    it("a full volume says so, and the host has room all the same", async () => {
        await assert.rejects(sh(one, `dd if=/dev/zero of=${TARGET}/big bs=1M count=80`), /No space left on device/);
        await sh(one, `rm ${TARGET}/big && echo hello > ${TARGET}/file`);
    });

    it("a second machine is refused while the first one has the volume", async () => {
        await assert.rejects(
            driverOf(other).stage(VOLUME, STAGING),
            /pvc-1 is not ready for workloads: it is still in use/,
        );
    });

    it("is read only where the pod asks for that", async () => {
        const second = TARGET.replace("pods/1", "pods/2");
        await driverOf(one).publish(VOLUME, STAGING, second, true);
        await assert.rejects(sh(one, `touch ${second}/x`), /Read-only file system/);
        await sh(one, `touch ${TARGET}/x`);
        await driverOf(one).unpublish(VOLUME.handle, second);
    });

    it("is let go completely, twice if need be, and moves with what was written", async () => {
        for (let time = 0; time < 2; time++) {
            await driverOf(one).unpublish(VOLUME.handle, TARGET);
            await driverOf(one).unstage(VOLUME.handle, STAGING);
        }
        await assert.rejects(sh(one, `test -e ${TARGET}`));
        await eventually("no device is left", () => devices() === "");
        await driverOf(other).stage(VOLUME, STAGING);
        await driverOf(other).publish(VOLUME, STAGING, TARGET, false);
        assert.equal(await sh(other, `cat ${TARGET}/file`), "hello\n");
    });

    it("is free again after the machine lost its power", async () => {
        await other.stop();
        await eventually("no device is left", () => devices() === "");
        await driverOf(one).stage(VOLUME, STAGING);
        await driverOf(one).publish(VOLUME, STAGING, TARGET, false);
        assert.equal(await sh(one, `cat ${TARGET}/file`), "hello\n");
    });

    it("gives neither devices nor shared volumes, and says so", async () => {
        await assert.rejects(driverOf(one).stage({ ...VOLUME, block: true }, STAGING), /no block devices/);
        await assert.rejects(driverOf(one).stage({ ...VOLUME, shared: true }, STAGING), /no share manager/);
    });

    function devices(): string {
        return execFileSync("losetup", ["--associated", file, "--noheadings"], { encoding: "utf8" });
    }
});
