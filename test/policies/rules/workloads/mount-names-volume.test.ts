import assert from "node:assert/strict";
import { mountNamesVolume as rule } from "../../../../policies/rules/workloads/mount-names-volume";
import { excuse, judge, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const volumeMounts = [{ name: "config", mountPath: "/config" }];

describe("mount-names-volume", () => {
    it("accepts a mount of a volume, or of a claim template", () => {
        assert.deepEqual(
            judge(rule, workload(), workload({ container: { volumeMounts }, pod: { volumes: [{ name: "config" }] } })),
            clean,
        );
        const set = workload({ container: { volumeMounts } });
        const templates = { volumeClaimTemplates: [{ metadata: { name: "config" } }] };
        const spec: unknown = Object.assign({}, set.props["spec"], templates);
        assert.deepEqual(judge(rule, { ...set, props: { ...set.props, spec } }), clean);
    });

    it("refuses a mount of a volume that nobody declares", () => {
        assert.deepEqual(judge(rule, workload({ container: { volumeMounts } })).messages, [
            "StatefulSet media/jellyfin spec.template.spec.containers[0].volumeMounts[0].name: the pod declares no volume config " +
                "(mount-names-volume); declare it among volumes, or mount another one",
        ]);
    });

    it("leaves unknown volumes unchecked", () => {
        assert.equal(
            judge(rule, workload({ container: { volumeMounts }, pod: { volumes: unknownText } })).unchecked.length,
            1,
        );
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-mount-names-volume": excuse("a webhook adds the volume") };
        assert.deepEqual(judge(rule, workload({ annotations, container: { volumeMounts } })), clean);
    });

    it("does not apply to Services", () => {
        assert.equal(rule.applies("kubernetes:core/v1:Service"), false);
    });
});
