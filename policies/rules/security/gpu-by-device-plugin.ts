import { eachPod, runsPods } from "../../model/containers";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import type { Subject } from "../../model/subject";
import type { Field } from "../../model/field";

const gpuLabel = "homelab/gpu";

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
            report.guard(subject, () => checkRequest(subject, spec, report));
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

/** A pod that wants to be where a GPU is, and takes none, transcodes on the processor beside it. */
function checkRequest(subject: Subject, spec: Field, report: Report): void {
    const terms = spec
        .at("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
        .items();
    const labelled = terms
        .flatMap((term) => term.at("matchExpressions").items())
        .some((expression) => expression.at("key").text() === gpuLabel);
    if (!labelled && !spec.at("nodeSelector", gpuLabel).exists()) return;
    const limits = spec
        .at("containers")
        .items()
        .map((container) => container.at("resources", "limits"));
    if (limits.some((limit) => limit.keys().some((name) => /^(?:gpu\.|nvidia\.com\/|amd\.com\/)/.test(name)))) return;
    report.violation(subject, {
        path: limits[0]?.path ?? "",
        wrong: "it is put where a GPU is and asks for none, so it gets no device",
        write: "ask for the device plugin's resource in resources.limits",
    });
}

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
