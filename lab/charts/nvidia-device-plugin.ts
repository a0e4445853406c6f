import { parse } from "yaml";
import { PLUGIN_ANNOTATIONS } from "../cluster/simulated/plugins";
import { isRecord, textOf, valueAt } from "../plain-values";
import type { ChartStandIn } from "./chart";
import keys from "./keys/nvidia-device-plugin.json";
import { daemonSet } from "./objects";
import { checkValues, textsAt } from "./values";

const NVIDIA_PCI_VENDOR = "10de";
const RESOURCE = "nvidia.com/gpu";

/** The chart's default: nodes that node feature discovery found, or that somebody labelled. */
const DISCOVERED = {
    nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
                { matchExpressions: [{ key: "nvidia.com/gpu.present", operator: "In", values: ["true"] }] },
            ],
        },
    },
};

/** NVIDIA's plugin: what it offers is decided by the machine's devices and by its configuration. */
export const nvidiaDevicePlugin: ChartStandIn = {
    chart: keys.chart,
    version: keys.version,
    appVersion: keys.appVersion,
    render({ name, values }) {
        checkValues(keys, values);
        const affinity = valueAt(values, "affinity");
        return {
            crds: [],
            objects: [
                daemonSet({
                    name: `${name}-nvidia-device-plugin`,
                    image: `nvcr.io/nvidia/k8s-device-plugin:v${keys.appVersion}`,
                    nodeSelector: textsAt(values, "nodeSelector"),
                    affinity: affinity === undefined ? DISCOVERED : (affinity ?? undefined),
                    tolerations: valueAt(values, "tolerations"),
                    annotations: {
                        [PLUGIN_ANNOTATIONS.deviceResource]: RESOURCE,
                        [PLUGIN_ANNOTATIONS.deviceVendor]: NVIDIA_PCI_VENDOR,
                        [PLUGIN_ANNOTATIONS.deviceShare]: String(timeSlices(values)),
                    },
                }),
            ],
        };
    },
};

/** How often each GPU is offered, from the configuration that is chosen by default. */
function timeSlices(values: Readonly<Record<string, unknown>>): number {
    const chosen = textOf(valueAt(values, "config.default"));
    const map = valueAt(values, "config.map");
    const text = isRecord(map) ? map[chosen] : undefined;
    if (typeof text !== "string") return 1;
    const parsed: unknown = parse(text);
    const resources = isRecord(parsed) ? valueAt(parsed, "sharing.timeSlicing.resources") : undefined;
    const shared = Array.isArray(resources)
        ? resources.filter(isRecord).find((one) => one["name"] === RESOURCE)
        : undefined;
    return Number(shared?.["replicas"] ?? 1);
}
