import assert from "node:assert/strict";
import { volumesRetained as rule } from "../../../../policies/rules/storage/volumes-retained";
import { excuse, fact, judge } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const volume = (spec: object) => fact("kubernetes:core/v1:PersistentVolume", { metadata: { name: "library" }, spec });
const storageClass = (props: object, annotations = {}) =>
    fact("kubernetes:storage.k8s.io/v1:StorageClass", { metadata: { name: "block", annotations }, ...props });
const set = (persistentVolumeClaimRetentionPolicy: object) =>
    fact("kubernetes:apps/v1:StatefulSet", {
        metadata: { name: "jellyfin" },
        spec: { persistentVolumeClaimRetentionPolicy },
    });

describe("volumes-retained", () => {
    it("accepts volumes, classes and sets that keep what is on them", () => {
        assert.deepEqual(judge(rule, volume({}), volume({ persistentVolumeReclaimPolicy: "Retain" })), clean);
        assert.deepEqual(
            judge(rule, storageClass({ reclaimPolicy: "Retain" }), set({}), set({ whenScaled: "Retain" })),
            clean,
        );
    });

    it("refuses those that do not", () => {
        assert.match(
            judge(rule, volume({ persistentVolumeReclaimPolicy: "Delete" })).messages.join(),
            /is deleted with its claim .*; write Retain/,
        );
        assert.match(
            judge(rule, storageClass({})).messages.join(),
            /^StorageClass block reclaimPolicy: a volume is deleted/,
        );
        assert.equal(judge(rule, set({ whenScaled: "Delete", whenDeleted: "Delete" })).messages.length, 2);
    });

    it("accepts a class of what can be made again, and of no other purpose", () => {
        const purpose = (word: string) =>
            fact("kubernetes:storage.k8s.io/v1:StorageClass", {
                metadata: { name: `block-${word}`, labels: { "homelab/purpose": word } },
                reclaimPolicy: "Delete",
            });
        assert.deepEqual(judge(rule, purpose("scratch")), clean);
        assert.equal(judge(rule, purpose("database")).messages.length, 1);
    });

    it("leaves an unknown policy unchecked", () => {
        assert.deepEqual(judge(rule, storageClass({ reclaimPolicy: unknownText })).unchecked, ["reclaimPolicy"]);
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-volumes-retained": excuse("scratch space of the builds") };
        assert.deepEqual(judge(rule, storageClass({ reclaimPolicy: "Delete" }, annotations)), clean);
    });

    it("does not apply to claims", () => {
        assert.equal(rule.applies("kubernetes:core/v1:PersistentVolumeClaim"), false);
    });
});
