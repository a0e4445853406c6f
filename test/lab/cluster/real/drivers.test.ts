import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { handleUnaryCall } from "@grpc/grpc-js";
import { GuestDrivers } from "../../../../lab/cluster/real/drivers";
import { PLUGIN_ANNOTATIONS } from "../../../../lab/cluster/simulated/plugins";
import { DRIVERS } from "../../../../lab/cluster/storage/annotations";
import { serveOnSocket, serviceOf, type SocketServer } from "../../../../lab/cluster/storage/socket-server";
import { startControlPlane, type ControlPlane } from "../../../support/control-plane";
import { eventually } from "../../../support/eventually";
import { WrittenCluster } from "../storage/control/cluster";
import { guestOf } from "../storage/node/guest";
import { protoFiles } from "../storage/protocols";
import { removeFolder } from "../../../support/scratch-folder";
import { describeWith } from "../../../support/tools";

const POD_STATUS = "/api/v1/namespaces/default/pods/longhorn-csi-plugin/status";

describeWith("kubelet", "the drivers of a real machine", function () {
    this.timeout(60_000);
    const folder = mkdtempSync(join(tmpdir(), "drivers-"));
    const path = (inGuest: string) => join(folder, inGuest.replace("/var/lib/kubelet", ""));
    const devices = path("/var/lib/kubelet/device-plugins");
    const socketOf = (driver: string) => path(`/var/lib/kubelet/plugins/${driver}/csi.sock`);
    const registered: object[] = [];
    let plane: ControlPlane;
    let written: WrittenCluster;
    let drivers: GuestDrivers;
    let kubelet: SocketServer;

    before(async () => {
        plane = await startControlPlane();
        written = new WrittenCluster(plane.client);
        await written.serviceAccount();
        await written.node("node-1", "pve1", 100);
        await written.node("node-2", "pve2", 100);
        mkdirSync(devices);
        const register: handleUnaryCall<object, object> = (call, done) => {
            registered.push(call.request);
            done(null, {});
        };
        const service = serviceOf(protoFiles().devicePlugin, "v1beta1.Registration");
        kubelet = await serveOnSocket(join(devices, "kubelet.sock"), [
            { service, implementation: { Register: register } },
        ]);
        const guest = guestOf({ path, pciDevices: [{ vendorDevice: "8086:3e92", mapping: "igpu" }] });
        drivers = new GuestDrivers({ guest, client: plane.client, protoFiles: protoFiles(), log: () => undefined });
        await drivers.start();
    });
    after(async () => {
        await drivers.stop();
        kubelet.close();
        await plane.stop();
        removeFolder(folder);
    });

    it("come with the ready pods of their charts on this node, not with those of another", async () => {
        await written.pluginPod("csi-nfs-node", "node-2", { [PLUGIN_ANNOTATIONS.csiDriver]: DRIVERS.nfs });
        await written.pluginPod("longhorn-csi-plugin", "node-1", { [PLUGIN_ANNOTATIONS.csiDriver]: DRIVERS.longhorn });
        await eventually("the driver listens", () => existsSync(socketOf(DRIVERS.longhorn)));
        assert.ok(existsSync(path(`/var/lib/kubelet/plugins_registry/${DRIVERS.longhorn}-reg.sock`)));
        assert.equal(existsSync(socketOf(DRIVERS.nfs)), false);
    });

    it("go when the pod is not ready any more, and come again with it", async () => {
        const ready = (status: "True" | "False") =>
            written.patch(POD_STATUS, { status: { conditions: [{ type: "Ready", status }] } });
        await ready("False");
        await eventually("the driver is gone", () => !existsSync(socketOf(DRIVERS.longhorn)));
        await ready("True");
        await eventually("the driver listens", () => existsSync(socketOf(DRIVERS.longhorn)));
    });

    it("offer the machine's devices while the plugin's pod runs", async () => {
        await written.pluginPod("intel-gpu-plugin", "node-1", {
            [PLUGIN_ANNOTATIONS.deviceResource]: "gpu.intel.com/i915",
            [PLUGIN_ANNOTATIONS.deviceVendor]: "8086",
        });
        await eventually("the plugin is registered", () => registered.length === 1);
        const body = { gracePeriodSeconds: 0 };
        await plane.client.request("DELETE", "/api/v1/namespaces/default/pods/intel-gpu-plugin", { body });
        await eventually("its socket is gone", () => !existsSync(join(devices, "gpu.intel.com-i915.sock")));
    });

    it("are all gone when they are stopped", async () => {
        await drivers.stop();
        assert.equal(existsSync(socketOf(DRIVERS.longhorn)), false);
    });
});
