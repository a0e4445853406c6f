import assert from "node:assert/strict";
import { claimNamesKnownClass as rule } from "../../../../policies/rules/storage/claim-names-known-class";
import { excuse, fact, judge, workload } from "../../house";
import { unknownText } from "../../preview";
import { claim, ephemeral, reader, share, storageClasses } from "./claims";

const clean = { messages: [], unchecked: [] };

function set(storageClassName: unknown) {
    const { type, props } = workload();
    const volumeClaimTemplates = [{ metadata: { name: "data" }, spec: { storageClassName } }];
    return fact(type, { ...props, spec: { ...Object(props["spec"]), volumeClaimTemplates } });
}

describe("claim-names-known-class", () => {
    it("accepts classes of the program, and a volume bound by hand", () => {
        assert.deepEqual(judge(rule, ...storageClasses(), claim(), set("block-replicated")), clean);
        assert.deepEqual(judge(rule, share("library"), claim({ storageClassName: "", volumeName: "library" })), clean);
    });

    it("accepts a class that the configuration says the cluster has, and no other one", () => {
        const stated = fact("homelab:storage:ExistingClass", { className: "do-block-storage" });
        assert.deepEqual(judge(rule, stated, claim({ storageClassName: "do-block-storage" })), clean);
        assert.match(
            judge(rule, stated, claim({ storageClassName: "standard" })).messages.join(),
            /makes no StorageClass standard/,
        );
    });

    it("asks nothing of what has no claim", () => {
        assert.deepEqual(judge(rule, workload()), clean);
    });

    it("refuses the cluster's default class", () => {
        assert.deepEqual(judge(rule, ...storageClasses(), claim({ storageClassName: undefined })).messages, [
            "PersistentVolumeClaim media/files spec.storageClassName: names no class, and the cluster's default keeps data on " +
                "one node (claim-names-known-class); name a class of the house, as block-database",
        ]);
        assert.match(
            judge(rule, set(null)).messages.join(),
            /volumeClaimTemplates\[0\]\.spec\.storageClassName: names no/,
        );
    });

    it("refuses a class and a volume that the program does not make", () => {
        assert.match(
            judge(rule, ...storageClasses(), claim({ storageClassName: "local-path" })).messages.join(),
            /makes no StorageClass local-path.*name one that it makes \(files-shared, block-replicated\)$/,
        );
        const bound = claim({ storageClassName: "", volumeName: "gone" });
        assert.match(judge(rule, bound).messages.join(), /makes no PersistentVolume gone.*\(there is none yet\)$/);
        assert.match(judge(rule, claim({ storageClassName: "" })).messages.join(), /is empty/);
    });

    it("reads the claim of a volume that is made for a pod", () => {
        const scratch = reader({ type: "kubernetes:batch/v1:Job", volume: ephemeral("block-replicated") });
        assert.deepEqual(judge(rule, ...storageClasses(), scratch), clean);
        assert.match(
            judge(rule, ...storageClasses(), reader({ volume: ephemeral("local-path") })).messages.join(),
            /volumes\[0\]\.ephemeral\.volumeClaimTemplate\.spec\.storageClassName: this program makes no StorageClass local-path/,
        );
        assert.match(judge(rule, reader({ volume: ephemeral(undefined) })).messages.join(), /names no class/);
    });

    it("leaves unknown names unchecked", () => {
        assert.deepEqual(judge(rule, claim({ storageClassName: unknownText })).unchecked, ["spec.storageClassName"]);
        const unnamed = fact("kubernetes:storage.k8s.io/v1:StorageClass", { metadata: { name: unknownText } });
        assert.deepEqual(judge(rule, unnamed, claim()), { messages: [], unchecked: ["metadata.name"] });
        const { messages, unchecked } = judge(rule, reader({ volume: ephemeral(unknownText) }));
        assert.deepEqual([messages.length, unchecked.length], [0, 1]);
    });

    it("accepts an exception with a reason", () => {
        const annotations = {
            "policy.homelab/allow-claim-names-known-class": excuse("a scratch disk on one node is meant"),
        };
        assert.deepEqual(judge(rule, claim({ storageClassName: "local-path" }, { annotations })), clean);
    });
});
