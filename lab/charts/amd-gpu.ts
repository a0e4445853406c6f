import { PLUGIN_ANNOTATIONS } from "../cluster/simulated/plugins";
import { valueAt } from "../plain-values";
import type { ChartStandIn } from "./chart";
import keys from "./keys/amd-gpu.json";
import { daemonSet } from "./objects";
import { checkValues, textsAt } from "./values";

const AMD_PCI_VENDOR = "1002";

/** The chart's defaults, which count only where it is told to select nodes. */
const NODE_DEFAULTS = { "feature.node.kubernetes.io/pci-0300_1002.present": "true", "kubernetes.io/arch": "amd64" };

/** AMD's plugin; its objects are named after the chart. */
export const amdGpu: ChartStandIn = {
    chart: keys.chart,
    version: keys.version,
    appVersion: keys.appVersion,
    render({ values }) {
        checkValues(keys, values);
        const selects = valueAt(values, "node_selector_enabled") === true;
        return {
            crds: [],
            objects: [
                daemonSet({
                    name: "amd-gpu-device-plugin-daemonset",
                    image: `docker.io/rocm/k8s-device-plugin:${keys.appVersion}`,
                    nodeSelector: selects ? textsAt(values, "node_selector", NODE_DEFAULTS) : {},
                    tolerations: valueAt(values, "tolerations") ?? [{ key: "CriticalAddonsOnly", operator: "Exists" }],
                    annotations: {
                        [PLUGIN_ANNOTATIONS.deviceResource]: "amd.com/gpu",
                        [PLUGIN_ANNOTATIONS.deviceVendor]: AMD_PCI_VENDOR,
                    },
                }),
            ],
        };
    },
};
