import { PLUGIN_ANNOTATIONS } from "../cluster/simulated/plugins";
import { textOf, valueAt } from "../plain-values";
import type { ChartStandIn } from "./chart";
import gpuKeys from "./keys/intel-device-plugins-gpu.json";
import operatorKeys from "./keys/intel-device-plugins-operator.json";
import { daemonSet, definition, deployment } from "./objects";
import { checkValues, textsAt } from "./values";

const INTEL_PCI_VENDOR = "8086";

const TEXT = { type: "string" };

/** `spec` of a GpuDevicePlugin (intel/intel-device-plugins-for-kubernetes: pkg/apis/deviceplugin/v1); nobody here gives tolerations. */
const GPU_PLUGIN_SPEC = {
    type: "object",
    properties: {
        image: TEXT,
        initImage: TEXT,
        sharedDevNum: { type: "integer", minimum: 1 },
        logLevel: { type: "integer", minimum: 0 },
        nodeSelector: { type: "object", additionalProperties: TEXT },
    },
};

/** The operator: here only its definition and its pod; what it would make comes with the other chart. */
export const intelDevicePluginsOperator: ChartStandIn = {
    chart: operatorKeys.chart,
    version: operatorKeys.version,
    appVersion: operatorKeys.appVersion,
    render({ values }) {
        checkValues(operatorKeys, values);
        return {
            crds: [
                definition(
                    "deviceplugin.intel.com",
                    "v1",
                    "GpuDevicePlugin",
                    "gpudeviceplugins",
                    "Cluster",
                    GPU_PLUGIN_SPEC,
                ),
            ],
            objects: [
                deployment({
                    name: "inteldeviceplugins-controller-manager",
                    image: "docker.io/intel/intel-deviceplugin-operator:0.36.0",
                    nodeSelector: textsAt(values, "nodeSelector", { "kubernetes.io/arch": "amd64" }),
                    tolerations: valueAt(values, "tolerations"),
                }),
            ],
        };
    },
};

/** The GPU plugin: the object of the real chart, and the DaemonSet that the operator would make of it. */
export const intelDevicePluginsGpu: ChartStandIn = {
    chart: gpuKeys.chart,
    version: gpuKeys.version,
    appVersion: gpuKeys.appVersion,
    render({ values }) {
        checkValues(gpuKeys, values);
        const name = textOf(valueAt(values, "name") ?? "gpudeviceplugin");
        const image = "docker.io/intel/intel-gpu-plugin:0.36.0";
        const share = Number(valueAt(values, "sharedDevNum") ?? 1);
        const nodeSelector = textsAt(values, "nodeSelector", { "intel.feature.node.kubernetes.io/gpu": "true" });
        return {
            crds: [],
            objects: [
                {
                    apiVersion: "deviceplugin.intel.com/v1",
                    kind: "GpuDevicePlugin",
                    metadata: { name },
                    spec: { image, sharedDevNum: share, nodeSelector },
                },
                daemonSet({
                    name: `intel-gpu-plugin-${name}`,
                    image,
                    nodeSelector,
                    tolerations: valueAt(values, "tolerations"),
                    annotations: {
                        [PLUGIN_ANNOTATIONS.deviceResource]: "gpu.intel.com/i915",
                        [PLUGIN_ANNOTATIONS.deviceVendor]: INTEL_PCI_VENDOR,
                        [PLUGIN_ANNOTATIONS.deviceShare]: String(share),
                    },
                }),
            ],
        };
    },
};
