import assert from "node:assert/strict";
import { nfsPodNeedsNfsNode as rule } from "../../../../policies/rules/storage/nfs-pod-needs-nfs-node";
import { excuse, judge, workload } from "../../house";
import { unknownText } from "../../preview";
import { claim, ephemeral, reader, share, storageClasses } from "./claims";

const clean = { messages: [], unchecked: [] };
const files = [...storageClasses(), claim()];

function nodes(...terms: readonly (readonly object[])[]) {
    const nodeSelectorTerms = terms.map((matchExpressions) => ({ matchExpressions }));
    return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } } };
}
const can = { key: "homelab/nfs", operator: "In", values: ["true"] };
const notThatOne = { key: "kubernetes.io/hostname", operator: "NotIn", values: ["lima"] };

describe("nfs-pod-needs-nfs-node", () => {
    it("accepts a pod that asks for a node with an NFS client", () => {
        assert.deepEqual(judge(rule, ...files, reader({ pod: nodes([can, notThatOne]) })), clean);
        assert.deepEqual(judge(rule, ...files, reader({ pod: { nodeSelector: { "homelab/nfs": "true" } } })), clean);
    });

    it("asks nothing of a pod without files of the file server", () => {
        const block = claim({ storageClassName: "block-replicated" });
        assert.deepEqual(judge(rule, ...storageClasses(), block, reader()), clean);
        const scratch = reader({ volume: ephemeral("block-replicated") });
        assert.deepEqual(judge(rule, ...storageClasses(), scratch), clean);
        assert.deepEqual(judge(rule, workload()), clean);
        assert.deepEqual(judge(rule, reader()), clean, "a claim of another program");
    });

    it("refuses a pod that any node may get, and says what to write", () => {
        assert.deepEqual(judge(rule, ...files, reader()).messages, [
            "StatefulSet media/jellyfin spec.template.spec.affinity.nodeAffinity: volume files is a share of a file server, " +
                "and the pod may be placed on a node that cannot mount it (nfs-pod-needs-nfs-node); require homelab/nfs In [true] of the node",
        ]);
    });

    it("refuses to leave out one node by its name, and a term without the label", () => {
        assert.equal(judge(rule, ...files, reader({ pod: nodes([notThatOne]) })).messages.length, 1);
        assert.equal(judge(rule, ...files, reader({ pod: nodes([can], [notThatOne]) })).messages.length, 1);
    });

    it("knows files of the file server in every form", () => {
        const bound = claim({ storageClassName: "", volumeName: "library" });
        for (const facts of [
            [reader({ volume: { persistentVolumeClaim: undefined, nfs: { server: "192.0.2.10", path: "/pool" } } })],
            [bound, share("library"), reader()],
            [bound, share("library", { csi: undefined, nfs: { server: "192.0.2.10", path: "/pool" } }), reader()],
            [reader({ volume: { persistentVolumeClaim: undefined, csi: { driver: "smb.csi.k8s.io" } } })],
            [...storageClasses(), reader({ volume: ephemeral("files-shared") })],
        ]) {
            assert.equal(judge(rule, ...facts).messages.length, 1, JSON.stringify(facts));
        }
    });

    it("leaves what is unknown unchecked", () => {
        for (const facts of [
            [...storageClasses(), claim({ storageClassName: unknownText }), reader()],
            [...files, reader({ pod: { affinity: unknownText } })],
            [claim({}, { name: unknownText }), reader()],
        ]) {
            const { messages, unchecked } = judge(rule, ...facts);
            assert.deepEqual([messages.length, unchecked.length], [0, 1]);
        }
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-nfs-pod-needs-nfs-node": excuse("every node here has the client") };
        assert.deepEqual(judge(rule, ...files, reader({ annotations })), clean);
    });
});
