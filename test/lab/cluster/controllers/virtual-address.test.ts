import assert from "node:assert/strict";
import { VirtualAddress, type KubeVipPod } from "../../../../lab/cluster/controllers/virtual-address";
import { eventually } from "../../../support/eventually";

const ADDRESS = "127.0.20.9";

const BOOT = "2026-11-28T10:00:00Z";

function pod(node: string, changes: { ready?: boolean; deleted?: boolean; startedAt?: string } = {}): KubeVipPod {
    const { ready = true, deleted = false, startedAt = "2026-11-28T10:00:09Z" } = changes;
    return {
        metadata: { name: node, uid: node, ...(deleted && { deletionTimestamp: "2026-11-28T00:00:00Z" }) },
        spec: {
            nodeName: node,
            containers: [
                {
                    env: [
                        { name: "address", value: ADDRESS },
                        { name: "vip_leaseduration", value: "0.02" },
                    ],
                },
            ],
        },
        status: {
            conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
            containerStatuses: [{ state: { running: { startedAt } } }],
        },
    };
}

describe("the address that servers share", () => {
    /** Openings and closings in their order, and who had the address then. */
    let told: string[];
    let on: Set<string>;
    let virtual: VirtualAddress;
    let stopped: AbortController;

    beforeEach(() => {
        told = [];
        on = new Set(["server-1", "server-2"]);
        stopped = new AbortController();
        virtual = new VirtualAddress({
            doors: {
                open: (address) => Promise.resolve(void told.push(`open ${address}`)),
                close: (address) => Promise.resolve(void told.push(`close ${address}`)),
            },
            onSince: (node) => (on.has(node) ? Date.parse(BOOT) : undefined),
            signal: stopped.signal,
            log: (line) => told.push(line),
        });
    });
    afterEach(() => stopped.abort());

    const lines = (count: number) => eventually(`${count} lines`, () => (told.length >= count ? told : undefined));

    it("answers as soon as one of kube-vip's pods is ready, and stays there when another comes", async () => {
        virtual.podChanged(pod("server-1", { ready: false }));
        assert.deepEqual(told, []);
        virtual.podChanged(pod("server-1"));
        virtual.podChanged(pod("server-2"));
        await virtual.settle();
        assert.deepEqual(await lines(2), [`open ${ADDRESS}`, `kube-vip: server-1 has ${ADDRESS}`]);
    });

    it("waits for the kubelet's word after a power cut: until then a pod of before it is called ready", async () => {
        virtual.podChanged(pod("server-1", { startedAt: "2026-11-28T09:00:00Z" }));
        await virtual.settle();
        assert.deepEqual(told, []);
        virtual.podChanged(pod("server-1"));
        assert.deepEqual(await lines(2), [`open ${ADDRESS}`, `kube-vip: server-1 has ${ADDRESS}`]);
    });

    it("goes at once with the machine that has it, and is back at the next one when the lease is over", async () => {
        virtual.podChanged(pod("server-1"));
        virtual.podChanged(pod("server-2"));
        await lines(2);
        on.delete("server-1");
        const moved = virtual.settle();
        assert.equal(told[2], `close ${ADDRESS}`);
        assert.equal(told.length, 3);
        await moved;
        assert.deepEqual(told.slice(3), [`open ${ADDRESS}`, `kube-vip: server-2 has ${ADDRESS}`]);
    });

    it("moves when the pod that has it is deleted, or is not ready any more", async () => {
        virtual.podChanged(pod("server-1"));
        virtual.podChanged(pod("server-2"));
        await lines(2);
        virtual.podChanged(pod("server-1", { deleted: true }));
        await eventually("server-2 has it", () => told.find((line) => line.includes("server-2")));
        virtual.podChanged(pod("server-1"));
        virtual.podChanged(pod("server-2", { ready: false }));
        await eventually("server-1 has it again", () => (told.at(-1)?.includes("server-1") ? true : undefined));
    });

    it("is nowhere when no server is left, and back with the first that comes", async () => {
        virtual.podChanged(pod("server-1"));
        await lines(2);
        on.clear();
        await virtual.settle();
        assert.deepEqual(told.slice(2), [`close ${ADDRESS}`]);
        on.add("server-1");
        await virtual.settle();
        assert.equal(told.at(-1), `kube-vip: server-1 has ${ADDRESS}`);
    });
});
