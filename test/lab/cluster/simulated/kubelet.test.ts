import assert from "node:assert/strict";
import { SimulatedKubelet } from "../../../../lab/cluster/simulated/kubelet";
import { pause } from "../../../../lab/pause";
import { standIn } from "../../kube/stand-in";

describe("the kubelet of a simulated machine", () => {
    const identity = {
        ...({ name: "node-1", architecture: "amd64", address: "127.0.0.1", version: "v1" } as const),
        ...{ labels: {}, taints: [], cores: 1, memoryMiB: 1024, diskGiB: 1 },
        reserved: { milliCpu: 0, memoryMiB: 0 },
    };
    const HEARTBEAT_MS = 20;

    it("beats no more when its machine lost its power while it registered", async () => {
        let stopped = false;
        const late: string[] = [];
        const server = await standIn(({ method = "", url = "" }, response) => {
            if (stopped) late.push(`${method} ${url}`);
            // The last thing that it writes before its heartbeats begin.
            if (url.includes("/csinodes")) {
                kubelet.stop();
                stopped = true;
            }
            response.setHeader("content-type", "application/json").end(JSON.stringify({ metadata: { uid: "u" } }));
        });
        const kubelet = new SimulatedKubelet({
            ...{ client: server.client, identity, nfsClient: false, pciDevices: [] },
            ...{ heartbeatMs: HEARTBEAT_MS, console: () => undefined },
        });
        try {
            await kubelet.start();
            await pause(HEARTBEAT_MS * 10);
            assert.deepEqual({ stopped, late }, { stopped: true, late: [] });
        } finally {
            await server.stop();
        }
    });
});
