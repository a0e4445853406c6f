import assert from "node:assert/strict";
import { networkFilesMountedHard as rule } from "../../../../policies/rules/storage/network-files-mounted-hard";
import { excuse, fact, judge } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const mountOptions = ["nfsvers=4.2", "hard", "noatime"];
const storageClass = (props: object = {}, annotations = {}) =>
    fact("kubernetes:storage.k8s.io/v1:StorageClass", {
        metadata: { name: "files", annotations },
        provisioner: "nfs.csi.k8s.io",
        mountOptions,
        parameters: { onDelete: "retain" },
        ...props,
    });
const volume = (spec: object) => fact("kubernetes:core/v1:PersistentVolume", { metadata: { name: "library" }, spec });
const release = (values: object) =>
    fact("kubernetes:helm.sh/v3:Release", { name: "csi", chart: "csi-driver-nfs", values });
const nodeSelector = { "homelab/nfs": "true" };
const good = {
    feature: { enableFSGroupPolicy: false },
    controller: { defaultOnDeletePolicy: "retain", nodeSelector },
    node: { nodeSelector },
};

describe("network-files-mounted-hard", () => {
    it("accepts hard mounts in version 4, and other kinds of volumes", () => {
        const csi = { driver: "nfs.csi.k8s.io" };
        assert.deepEqual(judge(rule, storageClass(), volume({ csi, mountOptions }), release(good)), clean);
        assert.deepEqual(
            judge(rule, storageClass({ provisioner: "driver.longhorn.io", mountOptions: [] }), volume({})),
            clean,
        );
    });

    for (const options of [["nfsvers=4.2"], ["nfsvers=4.2", "hard", "soft"], ["hard"], ["hard", "nfsvers=3"]]) {
        it(`refuses ${options.join(",")}`, () => {
            const { messages } = judge(rule, volume({ nfs: { server: "nas" }, mountOptions: options }));
            assert.equal(messages.length, 1);
            assert.match(
                messages.join(),
                /^PersistentVolume library spec\.mountOptions: .*; write (hard|nfsvers=4\.2)$/,
            );
        });
    }

    it("refuses what deletes with a claim", () => {
        assert.match(
            judge(rule, storageClass({ parameters: {} })).messages.join(),
            /parameters\.onDelete: .*; write retain/,
        );
    });

    it("refuses a driver with the chart's own values", () => {
        assert.equal(judge(rule, release({})).messages.length, 4);
    });

    it("leaves unknown options unchecked", () => {
        assert.deepEqual(judge(rule, storageClass({ mountOptions: unknownText })).unchecked, ["mountOptions"]);
    });

    it("accepts an exception with a reason", () => {
        const annotations = {
            "policy.homelab/allow-network-files-mounted-hard": excuse("the old NAS has version 3 only"),
        };
        assert.deepEqual(judge(rule, storageClass({ mountOptions: ["hard"] }, annotations)), clean);
    });

    it("does not apply to claims", () => {
        assert.equal(rule.applies("kubernetes:core/v1:PersistentVolumeClaim"), false);
    });
});
