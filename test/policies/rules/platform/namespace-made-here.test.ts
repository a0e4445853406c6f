import assert from "node:assert/strict";
import { namespaceMadeHere as rule } from "../../../../policies/rules/platform/namespace-made-here";
import { excuse, fact, judge, namespace, service, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

function release(props: Readonly<Record<string, unknown>>) {
    return fact("kubernetes:helm.sh/v3:Release", { name: "longhorn", chart: "longhorn", ...props });
}

describe("namespace-made-here", () => {
    it("accepts objects in namespaces of the stack, and in those that every cluster has", () => {
        assert.deepEqual(judge(rule, namespace(), workload(), service({}, { namespace: "kube-system" })), clean);
    });

    it("refuses a namespace that nothing makes", () => {
        assert.deepEqual(judge(rule, namespace("medai"), service()).messages, [
            "Service media/jellyfin metadata.namespace: media is made by nothing in this stack, so the object fails when its " +
                "turn comes (namespace-made-here); write the name of a Namespace of this stack",
        ]);
    });

    it("refuses `default`, written by somebody, by the server, or by nobody", () => {
        for (const name of ["default", "", undefined]) {
            const found = judge(rule, namespace(), service({}, { namespace: name })).messages;
            assert.match(found.join(), /metadata\.namespace: is default, where no Pod Security level/);
        }
    });

    it("accepts what has no namespace", () => {
        assert.deepEqual(judge(rule, fact("kubernetes:storage.k8s.io/v1:StorageClass", {})), clean);
    });

    it("reads a release's own namespace, and counts the one that it makes", () => {
        assert.equal(judge(rule, release({ namespace: "storage" })).messages.length, 1);
        assert.equal(judge(rule, release({})).messages.length, 1);
        assert.deepEqual(judge(rule, release({ namespace: "storage", createNamespace: true })), clean);
    });

    it("does not ask of a patch who made the object", () => {
        const patch = fact("kubernetes:core/v1:ServicePatch", { metadata: { name: "x", namespace: "elsewhere" } });
        assert.deepEqual(judge(rule, patch), clean);
    });

    it("leaves it open where a Namespace's name is unknown, or the object's own", () => {
        const unnamed = fact("kubernetes:core/v1:Namespace", { metadata: { name: unknownText } });
        assert.deepEqual(judge(rule, unnamed, service()), { messages: [], unchecked: ["metadata.name"] });
        const found = judge(rule, namespace(), service({}, { namespace: unknownText }));
        assert.deepEqual(found, { messages: [], unchecked: ["metadata.namespace"] });
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-namespace-made-here": excuse("the house's old stack owns it") };
        assert.deepEqual(judge(rule, service({}, { annotations })), clean);
    });

    it("does not apply to what is no Kubernetes object", () => {
        assert.equal(rule.applies("aws:s3/bucket:Bucket"), false);
    });
});
