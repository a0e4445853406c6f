import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { handleUnaryCall } from "@grpc/grpc-js";
import { DevicePlugin } from "../../../../lab/cluster/devices/device-plugin";
import { offeredDevices } from "../../../../lab/cluster/devices/offered";
import { PLUGIN_ANNOTATIONS } from "../../../../lab/cluster/simulated/plugins";
import { serveOnSocket, serviceOf, type SocketServer } from "../../../../lab/cluster/storage/socket-server";
import { eventually } from "../../../support/eventually";
import { caller } from "../storage/grpc-client";
import { guestOf } from "../storage/node/guest";
import { protoFiles } from "../storage/protocols";
import { removeFolder } from "../../../support/scratch-folder";
import { describeWith } from "../../../support/tools";

const RESOURCE = "gpu.intel.com/i915";
const DEVICES = ["card0-0", "card0-1"];

describeWith("kubelet", "what a plugin pod offers", () => {
    const annotations = {
        [PLUGIN_ANNOTATIONS.deviceResource]: RESOURCE,
        [PLUGIN_ANNOTATIONS.deviceVendor]: "8086",
        [PLUGIN_ANNOTATIONS.deviceShare]: "2",
    };

    it("is each device of its vendor, as often as it may be shared", () => {
        const pci = [{ vendorDevice: "8086:3e92" }, { vendorDevice: "10de:1cb3" }];
        assert.deepEqual(offeredDevices(annotations, pci), { resource: RESOURCE, devices: DEVICES });
    });

    it("is nothing where the machine has no such device", () => {
        assert.equal(offeredDevices(annotations, [{ vendorDevice: "10de:1cb3" }]), undefined);
        assert.equal(offeredDevices({}, [{ vendorDevice: "8086:3e92" }]), undefined);
    });
});

describe("a device plugin as kubelet sees it", () => {
    const folder = mkdtempSync(join(tmpdir(), "devices-"));
    const path = (inGuest: string) => join(folder, inGuest.replace("/var/lib/kubelet", ""));
    const plugins = path("/var/lib/kubelet/device-plugins");
    const socket = join(plugins, "gpu.intel.com-i915.sock");
    const log: string[] = [];
    const registered: object[] = [];
    let kubelet: SocketServer;
    let plugin: DevicePlugin;

    /** Like kubelet: empties the folder and listens. */
    async function startKubelet(): Promise<void> {
        for (const name of readdirSync(plugins)) rmSync(join(plugins, name));
        const register: handleUnaryCall<object, object> = (call, done) => {
            registered.push(call.request);
            done(null, {});
        };
        const service = serviceOf(protoFiles().devicePlugin, "v1beta1.Registration");
        kubelet = await serveOnSocket(join(plugins, "kubelet.sock"), [
            { service, implementation: { Register: register } },
        ]);
    }

    before(async () => {
        mkdirSync(plugins, { recursive: true });
        await startKubelet();
        plugin = new DevicePlugin({
            ...{ guest: guestOf({ path }), resource: RESOURCE, devices: DEVICES },
            ...{ protoFile: protoFiles().devicePlugin, log: (line: string) => log.push(line) },
        });
        plugin.start();
    });
    after(async () => {
        await plugin.stop();
        kubelet.close();
        removeFolder(folder);
    });

    it("registers its resource", async () => {
        await eventually("it is registered", () => registered.length === 1);
        const [request] = registered;
        assert.match(
            JSON.stringify(request),
            /"version":"v1beta1","endpoint":"gpu.intel.com-i915.sock","resource_name":"gpu.intel.com\/i915"/,
        );
    });

    it("lists healthy devices for as long as kubelet listens", async () => {
        const client = caller(protoFiles().devicePlugin, "v1beta1.DevicePlugin", socket);
        const { message, end } = await client.first("ListAndWatch");
        const healthy = DEVICES.map((ID) => ({ ID, health: "Healthy", topology: null }));
        assert.deepEqual(message, { devices: healthy });
        end();
        client.close();
    });

    it("tells a container which device it was given, and knows no others", async () => {
        const client = caller(protoFiles().devicePlugin, "v1beta1.DevicePlugin", socket);
        const ask = (id: string) => client.call("Allocate", { container_requests: [{ devices_ids: [id] }] });
        assert.match(JSON.stringify(await ask("card0-1")), /"envs":{"LAB_DEVICES_GPU_INTEL_COM_I915":"card0-1"}/);
        await assert.rejects(ask("card7-0"), /card7-0: no such device/);
        client.close();
    });

    it("registers again with a kubelet that was started anew", async () => {
        kubelet.close();
        await startKubelet();
        await eventually("it is registered again", () => registered.length === 2);
        assert.ok(existsSync(socket));
    });

    it("is gone with its socket when it is stopped", async () => {
        await plugin.stop();
        assert.equal(existsSync(socket), false);
    });
});
