import assert from "node:assert/strict";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCsiPlugin } from "../../../../../lab/cluster/storage/node/csi-plugin";
import { CsiError, type NodeDriver, type VolumeRequest } from "../../../../../lab/cluster/storage/node/node-driver";
import type { SocketServer } from "../../../../../lab/cluster/storage/socket-server";
import { caller } from "../grpc-client";
import { protoFiles } from "../protocols";
import { guestOf } from "./guest";
import { removeFolder } from "../../../../support/scratch-folder";
import { describeWith } from "../../../../support/tools";

const ENDPOINT = "/var/lib/kubelet/plugins/example.org/csi.sock";
const CAPABILITY = {
    mount: { fs_type: "ext4", mount_flags: ["noatime"] },
    access_mode: { mode: "SINGLE_NODE_WRITER" },
};

/** Remembers what it was asked. */
class Recorder implements NodeDriver {
    readonly name = "example.org";
    readonly version = "v1";
    readonly capabilities = ["STAGE_UNSTAGE_VOLUME", "GET_VOLUME_STATS"] as const;
    readonly asked: string[] = [];
    readonly volumes: VolumeRequest[] = [];
    busy = 0;

    async stage(volume: VolumeRequest, path: string): Promise<void> {
        this.volumes.push(volume);
        assert.equal(++this.busy, 1, "two calls for one volume at a time");
        await new Promise((done) => setTimeout(done, 20));
        this.busy--;
        this.asked.push(`stage ${volume.handle} at ${path}`);
    }
    unstage(handle: string): Promise<void> {
        return Promise.reject(new CsiError("NOT_FOUND", `volume ${handle} not found`));
    }
    async publish(volume: VolumeRequest, from: string, to: string, readOnly: boolean): Promise<void> {
        this.asked.push(`publish ${volume.handle} from ${from} to ${to}${readOnly ? " read-only" : ""}`);
    }
    unpublish(): Promise<void> {
        return Promise.reject(new Error("target is busy"));
    }
    async usage() {
        return { bytes: { total: 2 ** 41, available: 1, used: 2 }, inodes: { total: 3, available: 1, used: 2 } };
    }
}

describeWith("kubelet", "a CSI driver as kubelet sees it", () => {
    const folder = mkdtempSync(join(tmpdir(), "csi-"));
    const path = (inGuest: string) => join(folder, inGuest.replace("/var/lib/kubelet", ""));
    const registrationSocket = path("/var/lib/kubelet/plugins_registry/example.org-reg.sock");
    const driver = new Recorder();
    const log: string[] = [];
    let plugin: SocketServer | undefined;
    let node: ReturnType<typeof caller>;

    before(async () => {
        const guest = guestOf({ path });
        plugin = await startCsiPlugin({ guest, driver, protoFiles: protoFiles(), log: (line) => log.push(line) });
        node = caller(protoFiles().csi, "csi.v1.Node", path(ENDPOINT));
    });
    after(() => {
        node.close();
        plugin?.close();
        removeFolder(folder);
    });

    it("introduces itself with the path that its socket has in the machine", async () => {
        const registration = caller(
            protoFiles().pluginRegistration,
            "pluginregistration.Registration",
            registrationSocket,
        );
        assert.deepEqual(await registration.call("GetInfo"), {
            ...{ type: "CSIPlugin", name: "example.org", endpoint: ENDPOINT, supported_versions: ["1.0.0"] },
        });
        await registration.call("NotifyRegistrationStatus", { plugin_registered: false, error: "no such node" });
        registration.close();
        assert.deepEqual(log, ["example.org: kubelet did not register it: no such node"]);
    });

    it("says which node it is on and what it can do", async () => {
        const info: unknown = await node.call("NodeGetInfo");
        assert.ok(typeof info === "object" && info !== null && "node_id" in info);
        assert.equal(info.node_id, "node-1");
        assert.match(JSON.stringify(await node.call("NodeGetCapabilities")), /STAGE_UNSTAGE_VOLUME.*GET_VOLUME_STATS/);
        const identity = caller(protoFiles().csi, "csi.v1.Identity", path(ENDPOINT));
        assert.match(
            JSON.stringify(await identity.call("GetPluginInfo")),
            /"name":"example.org","vendor_version":"v1"/,
        );
        assert.match(JSON.stringify(await identity.call("Probe")), /"value":true/);
        identity.close();
    });

    it("does what is asked for one volume one after the other", async () => {
        const request = { volume_id: "v", staging_target_path: "/s", volume_capability: CAPABILITY };
        await Promise.all([node.call("NodeStageVolume", request), node.call("NodeStageVolume", request)]);
        await node.call("NodePublishVolume", { ...request, target_path: "/t", readonly: true });
        assert.deepEqual(driver.asked, ["stage v at /s", "stage v at /s", "publish v from /s to /t read-only"]);
        assert.deepEqual(driver.volumes[0], {
            ...{ handle: "v", attributes: {}, fsType: "ext4", mountFlags: ["noatime"], block: false, shared: false },
        });
    });

    it("refuses with the driver's own status and words", async () => {
        const request = { volume_id: "v", staging_target_path: "/s", target_path: "/t" };
        await assert.rejects(node.call("NodeUnstageVolume", request), /5 NOT_FOUND: volume v not found/);
        await assert.rejects(node.call("NodeUnpublishVolume", request), /13 INTERNAL: target is busy/);
        await assert.rejects(node.call("NodeStageVolume", request), /3 INVALID_ARGUMENT: volume capability missing/);
    });

    it("tells sizes that need more than 32 bits", async () => {
        assert.match(
            JSON.stringify(await node.call("NodeGetVolumeStats", { volume_id: "v", volume_path: "/t" })),
            /2199023255552/,
        );
    });

    it("takes its sockets away when it goes", () => {
        plugin?.close();
        assert.equal(existsSync(path(ENDPOINT)), false);
        assert.equal(existsSync(registrationSocket), false);
    });
});
