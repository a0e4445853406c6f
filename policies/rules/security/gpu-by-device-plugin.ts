import { eachPod, runsPods } from "../../model/containers";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import type { Subject } from "../../model/subject";
import type { Field } from "../../model/field";

export const gpuByDevicePlugin: ResourceRule = {
    kind: "resource",
    name: "gpu-by-device-plugin",
    level: "mandatory",
    severity: "high",
    description: "A GPU is asked for as a resource of the device plugin, never mounted from the node.",
    incident:
        "/dev/dri was mounted from the node: the pod started on nodes without a GPU too and transcoded on the processor, and to " +
        "open the device at all it had to be privileged. A field `devices:`, as Docker has it, was silently dropped.",
    instead: "resources.limits with gpu.intel.com/i915: 1, which Workload writes for requires.gpu.",
    applies: runsPods,
    check(subject, report) {
        eachPod(subject, report, ({ spec }) => {
            for (const volume of spec.at("volumes").items())
                report.guard(subject, () => checkVolume(subject, volume, report));
            for (const container of spec.at("containers").items()) {
                const devices = container.at("devices");
                if (!devices.exists()) continue;
                report.violation(subject, {
                    path: devices.path,
                    wrong: "is no field of Kubernetes, so the container gets no device",
                    write: "ask for the device plugin's resource in resources.limits",
                });
            }
        });
    },
};

function checkVolume(subject: Subject, volume: Field, report: Report): void {
    const path = volume.at("hostPath", "path");
    const text = path.text();
    if (text === undefined || !/^\/dev\/(dri|nvidia|kfd)/.test(text)) return;
    report.violation(subject, {
        path: path.path,
        wrong: `${text} of whatever node the pod is on, whether it has a GPU or not`,
        write: "ask for the device plugin's resource in resources.limits",
    });
}
