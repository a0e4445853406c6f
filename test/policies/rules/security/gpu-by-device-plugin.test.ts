import assert from "node:assert/strict";
import { gpuByDevicePlugin as rule } from "../../../../policies/rules/security/gpu-by-device-plugin";
import { excuse, judge, service, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

function mounting(path: unknown) {
    return { pod: { volumes: [{ name: "device", hostPath: { path } }] } };
}

describe("gpu-by-device-plugin", () => {
    it("accepts the device plugin's resource, and other folders", () => {
        assert.deepEqual(
            judge(rule, workload({ container: { resources: { limits: { "gpu.intel.com/i915": "1" } } } })),
            clean,
        );
        assert.deepEqual(judge(rule, workload(mounting("/var/log"))), clean);
        assert.equal(rule.applies(service().type), false);
    });

    it("refuses the node's devices", () => {
        for (const path of ["/dev/dri", "/dev/dri/renderD128", "/dev/nvidia0"]) {
            assert.deepEqual(judge(rule, workload(mounting(path))).messages, [
                `StatefulSet media/jellyfin spec.template.spec.volumes[0].hostPath.path: ${path} of whatever node the pod is on, ` +
                    "whether it has a GPU or not (gpu-by-device-plugin); ask for the device plugin's resource in resources.limits",
            ]);
        }
    });

    it("refuses a field that Kubernetes does not have", () => {
        assert.match(
            judge(rule, workload({ container: { devices: ["/dev/dri:/dev/dri"] } })).messages.join(),
            /containers\[0\]\.devices: is no field of Kubernetes/,
        );
    });

    it("leaves an unknown path unchecked", () => {
        assert.equal(judge(rule, workload(mounting(unknownText))).unchecked.length, 1);
    });

    it("refuses a pod that is put where a GPU is and asks for none", () => {
        const matchExpressions = [{ key: "homelab/gpu", operator: "Exists" }];
        const nodeAffinity = {
            requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
        };
        const pod = { affinity: { nodeAffinity } };
        assert.match(
            judge(rule, workload({ pod })).messages.join(),
            /resources\.limits: it is put where a GPU is and asks for none, .*; ask for the device plugin's resource/,
        );
        const resources = { limits: { "gpu.intel.com/i915": "1" } };
        assert.deepEqual(judge(rule, workload({ pod, container: { resources } })), clean);
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-gpu-by-device-plugin": excuse("this is the device plugin") };
        assert.deepEqual(judge(rule, workload({ annotations, ...mounting("/dev/dri") })), clean);
    });
});
