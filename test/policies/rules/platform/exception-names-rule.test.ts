import assert from "node:assert/strict";
import { exceptionNamesRule } from "../../../../policies/rules/platform/exception-names-rule";
import { excuse, judge, workload } from "../../house";
import { unknownText } from "../../preview";

const rule = exceptionNamesRule(() => new Set(["image-pinned", "exception-names-rule"]));
const clean = { messages: [], unchecked: [] };
const asked = (name: string) => workload({ annotations: { [`policy.homelab/allow-${name}`]: excuse("it has to be") } });

describe("exception-names-rule", () => {
    it("accepts exceptions from rules that there are, and objects without any", () => {
        assert.deepEqual(judge(rule, asked("image-pinned"), workload()), clean);
    });

    it("refuses one from a rule that there is not", () => {
        assert.deepEqual(judge(rule, asked("image-pined")).messages, [
            'StatefulSet media/jellyfin metadata.annotations["policy.homelab/allow-image-pined"]: there is no rule image-pined ' +
                "(exception-names-rule); correct the name, or remove the line",
        ]);
    });

    it("leaves unknown annotations unchecked", () => {
        assert.deepEqual(judge(rule, workload({ annotations: unknownText })).unchecked, ["metadata.annotations"]);
    });

    it("does not apply to resources of other providers", () => {
        assert.equal(rule.applies("aws:s3/bucket:Bucket"), false);
    });
});
