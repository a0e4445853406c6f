import assert from "node:assert/strict";
import { emptyDirLimited as rule } from "../../../../policies/rules/storage/empty-dir-limited";
import { excuse, judge, service, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

function scratch(emptyDir: unknown, name = "tmp", annotations?: object) {
    return workload({ pod: { volumes: [{ name, emptyDir }] }, ...(annotations && { annotations }) });
}

describe("empty-dir-limited", () => {
    it("accepts a limit, and other kinds of volumes", () => {
        assert.deepEqual(judge(rule, scratch({ sizeLimit: "1Gi" })), clean);
        assert.deepEqual(judge(rule, workload({ pod: { volumes: [{ name: "transcode", secret: {} }] } })), clean);
        assert.equal(rule.applies(service().type), false);
    });

    it("refuses an emptyDir without a limit", () => {
        assert.deepEqual(judge(rule, scratch({})).messages, [
            "StatefulSet media/jellyfin spec.template.spec.volumes[0].emptyDir.sizeLimit: tmp may fill the disk of the node " +
                "(empty-dir-limited); write a limit, as 256Mi",
        ]);
    });

    it("refuses to transcode on the disk of the node, limit or not", () => {
        assert.match(
            judge(rule, scratch({ sizeLimit: "9Gi" }, "transcodes")).messages.join(),
            /; use a claim template/,
        );
    });

    it("leaves unknown volumes unchecked", () => {
        assert.equal(judge(rule, workload({ pod: { volumes: unknownText } })).unchecked.length, 1);
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-empty-dir-limited": excuse("one small file is written once") };
        assert.deepEqual(judge(rule, scratch({}, "tmp", annotations)), clean);
    });
});
