import assert from "node:assert/strict";
import {
    disksOf,
    placeReplicas,
    REPLICAS_ANNOTATION,
    type Disk,
} from "../../../../../lab/cluster/storage/control/capacity";
import { longhornSettings } from "../../../../../lab/cluster/storage/control/longhorn-settings";
import type { Node, Volume } from "../../../../../lab/cluster/storage/control/objects";

const GIB = 2 ** 30;
const APART = { ...longhornSettings(""), zoneSoftAntiAffinity: false, degradedAllowed: false };

function disk(node: string, zone: string, scheduledGib = 0, usedGib = 0): Disk {
    return { node, zone, size: 100 * GIB, scheduled: scheduledGib * GIB, used: usedGib * GIB };
}

function volume(size: string, nodes: string): Volume {
    const csi = { driver: "driver.longhorn.io", volumeHandle: size };
    return { metadata: { annotations: { [REPLICAS_ANNOTATION]: nodes } }, spec: { capacity: { storage: size }, csi } };
}

describe("room for the copies of a volume", () => {
    it("is the disk without its reserve, less what was promised", () => {
        assert.deepEqual(placeReplicas([disk("a", "x")], 70 * GIB, 1, APART), ["a"]);
        assert.throws(() => placeReplicas([disk("a", "x")], 71 * GIB, 1, APART), /insufficient storage/);
        assert.throws(() => placeReplicas([disk("a", "x", 30)], 41 * GIB, 1, APART), /insufficient storage/);
        const generous = { ...APART, overProvisioningPercent: 200 };
        assert.deepEqual(placeReplicas([disk("a", "x", 30)], 110 * GIB, 1, generous), ["a"]);
    });

    it("is none on a disk that is nearly full, whatever was promised", () => {
        const generous = { ...APART, overProvisioningPercent: 1000 };
        assert.throws(() => placeReplicas([disk("a", "x", 80, 75)], GIB, 1, generous), /insufficient storage/);
        assert.deepEqual(placeReplicas([disk("a", "x", 80, 74)], GIB, 1, generous), ["a"]);
    });

    it("is taken on the emptiest disks, on different hosts", () => {
        const disks = [disk("a1", "a", 10), disk("a2", "a"), disk("b1", "b", 50)];
        assert.deepEqual(placeReplicas(disks, GIB, 2, APART), ["a2", "b1"]);
        assert.deepEqual(placeReplicas(disks, GIB, 2, { ...APART, zoneSoftAntiAffinity: true }), ["a2", "a1"]);
    });

    it("is missing where two copies would share a host, unless a degraded volume will do", () => {
        const disks = [disk("a1", "a"), disk("a2", "a")];
        assert.throws(() => placeReplicas(disks, GIB, 2, APART), /needed 2 x 1Gi, each on a host of its own/);
        assert.deepEqual(placeReplicas(disks, GIB, 2, { ...APART, degradedAllowed: true }), ["a1"]);
    });

    it("is told with what is needed and what each disk has left", () => {
        assert.throws(
            () => placeReplicas([disk("agent-1", "pve1", 60)], 20 * GIB, 1, APART),
            /needed 1 x 20Gi, .*; available: agent-1 on pve1 has 10Gi of 100Gi left \(30 % of a disk are reserved/,
        );
        assert.throws(() => placeReplicas([], GIB, 1, APART), /available: no storage node is ready/);
    });

    it("is counted for each node from the volumes that have a copy there", () => {
        const node = (name: string, annotations = {}): Node => ({
            metadata: { name, labels: { "topology.kubernetes.io/zone": "pve1" }, annotations },
            status: { capacity: { "ephemeral-storage": "64Gi" } },
        });
        const volumes = [volume("10Gi", "a,b"), volume("5Gi", "b,c")];
        const nodes = [node("a"), node("b", { "lab.homelab/disk": "32Gi" })];
        assert.deepEqual(
            disksOf(nodes, volumes, () => GIB).map((one) => [
                one.node,
                one.size / GIB,
                one.scheduled / GIB,
                one.used / GIB,
            ]),
            [
                ["a", 64, 10, 1],
                ["b", 32, 15, 2],
            ],
        );
    });
});
