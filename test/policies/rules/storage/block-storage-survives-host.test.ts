import assert from "node:assert/strict";
import { blockStorageSurvivesHost as rule } from "../../../../policies/rules/storage/block-storage-survives-host";
import { fact, judge, machine } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const selector = { "homelab/nfs": "true" };
const good = {
    defaultReplicaCount: 2,
    replicaSoftAntiAffinity: false,
    replicaZoneSoftAntiAffinity: false,
    replicaAutoBalance: "least-effort",
    nodeDownPodDeletionPolicy: "delete-both-statefulset-and-deployment-pod",
    detachManuallyAttachedVolumesWhenCordoned: true,
    allowVolumeCreationWithDegradedAvailability: false,
    systemManagedComponentsNodeSelector: "homelab/nfs:true",
};
const release = (settings: object = {}, values: object = {}, chart = "longhorn") =>
    fact("kubernetes:helm.sh/v3:Release", {
        name: "longhorn",
        chart,
        values: {
            defaultSettings: { ...good, ...settings },
            longhornManager: { nodeSelector: selector },
            longhornDriver: { nodeSelector: selector },
            ...values,
        },
    });
const storageClass = (numberOfReplicas: unknown, provisioner = "driver.longhorn.io") =>
    fact("kubernetes:storage.k8s.io/v1:StorageClass", {
        metadata: { name: "block" },
        provisioner,
        parameters: { numberOfReplicas },
    });

/** A node of a cluster that was there before, with the labels that the house gives to it. */
const node = (name: string, zone: unknown, more: object = selector) =>
    fact("kubernetes:core/v1:NodePatch", {
        metadata: { name, labels: { "topology.kubernetes.io/zone": zone, ...more } },
    });

describe("block-storage-survives-host", () => {
    it("accepts Longhorn with copies on different hosts, and other charts", () => {
        assert.deepEqual(
            judge(rule, release(), storageClass("2"), release({}, { defaultSettings: {} }, "redis")),
            clean,
        );
        assert.deepEqual(judge(rule, storageClass("1", "nfs.csi.k8s.io")), clean);
    });

    for (const key of Object.keys(good).filter((name) => name !== "defaultReplicaCount")) {
        it(`refuses Longhorn's own default of ${key}`, () => {
            const { messages } = judge(rule, release({ [key]: undefined }));
            assert.equal(messages.length, 1);
            assert.match(messages.join(), new RegExp(`^Release example values\\.defaultSettings\\.${key}: .*; write `));
        });
    }

    it("refuses managers and drivers on any node", () => {
        assert.equal(judge(rule, release({}, { longhornManager: {}, longhornDriver: {} })).messages.length, 2);
    });

    it("refuses one copy, but in a house with one host", () => {
        assert.match(
            judge(rule, storageClass("1")).messages.join(),
            /numberOfReplicas: 1 copy is gone with its host .*; write 2/,
        );
        assert.equal(judge(rule, release({ defaultReplicaCount: 1 })).messages.length, 1);
        assert.deepEqual(judge(rule, storageClass("1"), machine("pve-1")), clean);
    });

    it("counts the hosts of a cluster that was there by the zones of its nodes for volumes", () => {
        assert.equal(rule.applies("kubernetes:core/v1:NodePatch"), true);
        assert.deepEqual(judge(rule, storageClass("1"), node("shed", "shed")), clean);
        assert.deepEqual(judge(rule, storageClass("1"), node("a", "rack"), node("b", "rack")), clean);
        assert.deepEqual(judge(rule, storageClass("1"), node("a", "a"), node("b", "b", {})), clean);
        assert.match(
            judge(rule, storageClass("1"), node("a", "a"), node("b", "b")).messages.join(),
            /numberOfReplicas: 1 copy is gone with its host .*; write 2/,
        );
        assert.equal(judge(rule, storageClass("1"), node("a", unknownText)).unchecked.length, 1);
    });

    it("leaves unknown settings unchecked", () => {
        assert.deepEqual(judge(rule, release({ replicaAutoBalance: unknownText })).unchecked, [
            "values.defaultSettings.replicaAutoBalance",
        ]);
        assert.equal(judge(rule, storageClass(unknownText)).unchecked.length, 1);
    });

    it("does not apply to claims", () => {
        assert.equal(rule.applies("kubernetes:core/v1:PersistentVolumeClaim"), false);
    });
});
