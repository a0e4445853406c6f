import assert from "node:assert/strict";
import type { NodeView, PodView } from "./cluster-view";
import { faultsOf } from "./replicas";

const pod = (node: string, more: Partial<PodView> = {}): PodView => ({
    ...{ uid: "", node, ready: true, terminating: false },
    ...more,
});

describe("what is a fault of Jellyfin's pods", () => {
    const nodes = new Map<string, NodeView>([
        ["agent-1", { ready: true, zone: "pve-1" }],
        ["server-1", { ready: true, zone: "pve-1" }],
        ["agent-2", { ready: true, zone: "pve-2" }],
        ["agent-3", { ready: false, zone: "pve-3" }],
    ]);

    it("is none where two are on two hosts, one of which is not ready or not placed yet", () => {
        assert.deepEqual(faultsOf([pod("agent-1"), pod("agent-2", { ready: false })], nodes), []);
        assert.deepEqual(faultsOf([pod("agent-1"), pod("", { ready: false })], nodes), []);
    });

    it("is that none is ready, or that none is there", () => {
        assert.deepEqual(faultsOf([pod("agent-1", { ready: false })], nodes), ["no pod is ready"]);
        assert.deepEqual(faultsOf([], nodes), ["no pod is ready"]);
    });

    it("is that two are on one host, on whichever of its machines, also while one of them ends", () => {
        const fault = ["two on pve-1, pve-1"];
        assert.deepEqual(faultsOf([pod("agent-1"), pod("server-1")], nodes), fault);
        assert.deepEqual(faultsOf([pod("agent-1"), pod("server-1", { terminating: true })], nodes), fault);
    });

    it("is not that one is beside what a lost machine cannot end", () => {
        const lost = pod("agent-3", { ready: false, terminating: true });
        assert.deepEqual(faultsOf([pod("agent-3", { ready: true }), lost], nodes), []);
    });
});
