import assert from "node:assert/strict";
import { singleWriterClaimNotShared as rule } from "../../../../policies/rules/storage/single-writer-claim-not-shared";
import { excuse, fact, judge } from "../../house";
import { unknownText } from "../../preview";
import { claim, reader } from "./claims";

const clean = { messages: [], unchecked: [] };
const one = claim({ accessModes: ["ReadWriteOnce"] });
const deployment = "kubernetes:apps/v1:Deployment";

function strategy(type: unknown) {
    const { props } = reader({ type: deployment });
    return fact(deployment, { ...props, spec: { ...Object(props["spec"]), strategy: { type } } });
}

describe("single-writer-claim-not-shared", () => {
    it("accepts one pod, and files that many may write", () => {
        assert.deepEqual(judge(rule, one, reader()), clean);
        assert.deepEqual(judge(rule, one, strategy("Recreate")), clean);
        assert.deepEqual(judge(rule, claim(), reader({ replicas: 2 }), reader({ name: "other" })), clean);
    });

    it("refuses two workloads on one claim", () => {
        assert.deepEqual(judge(rule, one, reader(), reader({ name: "other" })).messages, [
            "StatefulSet media/other spec.template.spec.volumes[0]: PersistentVolumeClaim media/files can be mounted on one " +
                "node at a time, and StatefulSet media/jellyfin uses it too (single-writer-claim-not-shared); give each a claim of its own, or make it ReadWriteMany",
        ]);
    });

    it("refuses several replicas, and a pod on each node", () => {
        assert.match(judge(rule, one, reader({ replicas: 2 })).messages.join(), /and its pods are 2 /);
        const everywhere = reader({ type: "kubernetes:apps/v1:DaemonSet" });
        assert.match(judge(rule, one, everywhere).messages.join(), /its pods are one a node/);
    });

    it("refuses a rolling update, which starts the new pod first", () => {
        for (const type of [undefined, "RollingUpdate"]) {
            assert.match(judge(rule, one, strategy(type)).messages.join(), /; write strategy\.type Recreate, or/);
        }
    });

    it("leaves what is unknown unchecked", () => {
        for (const facts of [
            [claim({ accessModes: unknownText }), reader()],
            [one, reader({ replicas: unknownText })],
            [claim({}, { name: unknownText }), reader()],
        ]) {
            const { messages, unchecked } = judge(rule, ...facts);
            assert.deepEqual([messages.length, unchecked.length], [0, 1]);
        }
    });

    it("accepts an exception with a reason", () => {
        const annotations = {
            "policy.homelab/allow-single-writer-claim-not-shared": excuse("both run on one node, one only reads"),
        };
        assert.deepEqual(judge(rule, one, reader(), reader({ name: "other", annotations })), clean);
    });
});
