import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NfsVolumes, type OnDelete } from "../../../../../lab/cluster/storage/control/nfs-volumes";
import type { Claim, MadeVolume, StorageClass, Volume } from "../../../../../lab/cluster/storage/control/objects";
import { removeFolder } from "../../../../support/scratch-folder";

const SUB_DIR = "apps/${pvc.metadata.namespace}/${pvc.metadata.name}";
const claim: Claim = { metadata: { name: "config", namespace: "jellyfin" }, spec: {} };

function storageClass(parameters: Record<string, string>): StorageClass {
    const given = { server: "127.0.30.10", share: "/mnt/pool", ...parameters };
    return { metadata: { name: "files-shared" }, provisioner: "nfs.csi.k8s.io", parameters: given };
}

function volumeOf({ handle }: MadeVolume): Volume {
    return { metadata: { name: "pvc-1" }, spec: { csi: { driver: "nfs.csi.k8s.io", volumeHandle: handle } } };
}

describe("directories on the NAS", () => {
    let nas: string;
    let pool: string;
    let byDefault: OnDelete;
    let volumes: NfsVolumes;

    beforeEach(() => {
        nas = mkdtempSync(join(tmpdir(), "nas-"));
        pool = join(nas, "127.0.30.10/mnt/pool");
        mkdirSync(pool, { recursive: true });
        byDefault = "delete";
        volumes = new NfsVolumes(nas, () => byDefault);
    });
    afterEach(() => removeFolder(nas));

    const make = (parameters: Record<string, string>) => volumes.create("pvc-1", claim, storageClass(parameters));
    const mode = (path: string) => statSync(join(pool, path)).mode & 0o7777;

    it("are made where the class says, closed to all but root for writing", async () => {
        const { attributes, handle } = await make({ subDir: SUB_DIR, onDelete: "retain" });
        assert.equal(attributes["subDir"], "apps/jellyfin/config");
        assert.equal(handle, "127.0.30.10#mnt/pool#apps/jellyfin/config#pvc-1#retain");
        assert.deepEqual([mode("apps"), mode("apps/jellyfin/config")], [0o755, 0o755]);
    });

    it("have the mode that the class asks for, and only they", async () => {
        await make({ subDir: SUB_DIR, mountPermissions: "0777" });
        assert.deepEqual([mode("apps/jellyfin"), mode("apps/jellyfin/config")], [0o755, 0o777]);
    });

    it("have the volume's name where the class gives them none", async () => {
        await make({});
        assert.ok(existsSync(join(pool, "pvc-1")));
    });

    it("that are there already are taken as they are", async () => {
        mkdirSync(join(pool, "apps/jellyfin/config"), { recursive: true });
        writeFileSync(join(pool, "apps/jellyfin/config/file"), "kept");
        await make({ subDir: SUB_DIR });
        assert.ok(existsSync(join(pool, "apps/jellyfin/config/file")));
    });

    it("are removed with the folders that they leave empty, or kept, or put aside", async () => {
        await volumes.remove(volumeOf(await make({ subDir: SUB_DIR, onDelete: "retain" })));
        assert.ok(existsSync(join(pool, "apps/jellyfin/config")));
        await volumes.remove(volumeOf(await make({ subDir: SUB_DIR, onDelete: "archive" })));
        assert.ok(existsSync(join(pool, "archived-apps/jellyfin/config")));
        assert.equal(existsSync(join(pool, "apps/jellyfin/config")), false);
        await volumes.remove(volumeOf(await make({ subDir: SUB_DIR, onDelete: "delete" })));
        assert.equal(existsSync(join(pool, "apps")), false);
        assert.ok(existsSync(pool));
    });

    it("follow the chart's default where the class is silent", async () => {
        byDefault = "retain";
        await volumes.remove(volumeOf(await make({ subDir: SUB_DIR })));
        assert.ok(existsSync(join(pool, "apps/jellyfin/config")));
    });

    it("of a volume that was not made here are left alone", async () => {
        const spec = { csi: { driver: "nfs.csi.k8s.io", volumeHandle: "127.0.30.10#/mnt/pool#" } };
        await volumes.remove({ metadata: {}, spec });
        assert.ok(existsSync(pool));
    });

    it("are refused in the words of driver and mount", async () => {
        await assert.rejects(make({ subdirectory: "x" }), /invalid parameter "subdirectory" in storage class/);
        await assert.rejects(make({ mountPermissions: "rwx" }), /invalid mountPermissions rwx/);
        await assert.rejects(make({ onDelete: "keep" }), /invalid value keep for OnDelete/);
        await assert.rejects(make({ subDir: "../x" }), /must not contain "\.\."/);
        await assert.rejects(make({ server: "" }), /server is a required parameter/);
        const missing =
            /failed to mount nfs server: mount\.nfs: mounting 127\.0\.30\.10:\/mnt\/tank failed, .*No such file/;
        await assert.rejects(make({ share: "/mnt/tank" }), missing);
    });
});
