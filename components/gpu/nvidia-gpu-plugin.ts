import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { chartRelease } from "../chart-release";
import { Namespace } from "../namespace";
import { charts } from "../versions";
import type { Gpu } from "./gpu";
import { nodesWith, type ChartNodeSelector, type GpuPluginArgs } from "./plugin";

/**
 * NVIDIA's device plugin. The driver and the container toolkit must be on the node before k3s starts there: k3s then finds
 * the runtime, to which the RuntimeClass `nvidia` that it makes leads.
 */
export class NvidiaGpuPlugin extends pulumi.ComponentResource {
    readonly gpu: Gpu;

    constructor(name: string, args: GpuPluginArgs, opts?: pulumi.ComponentResourceOptions) {
        const { models, podsPerGpu } = args;
        super("homelab:gpu:NvidiaGpuPlugin", name, { models }, opts);
        // Its node pods write to the folder of kubelet's plugins.
        const namespace = new Namespace(
            "nvidia-device-plugin",
            { podSecurity: "privileged", partOf: "gpu" },
            { parent: this },
        );
        const ready = models.map((model) =>
            chartRelease(
                `${name}-${model}`,
                {
                    releaseName: `gpu-${model}`,
                    pin: charts.nvidiaDevicePlugin,
                    namespace: namespace.name,
                    values: { ...nvidiaGpuValues(model, podsPerGpu) },
                },
                { parent: this },
            ),
        );
        this.gpu = { vendor: "nvidia", models, podsPerGpu, ready };
        this.registerOutputs({ models });
    }
}

/** Values of nvidia-device-plugin that the house sets. */
export interface NvidiaGpuValues {
    readonly runtimeClassName: "nvidia";
    readonly gfd: { readonly enabled: boolean };
    readonly nodeSelector: ChartNodeSelector;
    /** `null`: not the chart's own, which looks for labels of node feature discovery. */
    readonly affinity: null;
    /** Files of the plugin's configuration, by name, and which of them is used. */
    readonly config?: { readonly map: Readonly<Record<string, string>>; readonly default: string };
}

/** Values of nvidia-device-plugin 0.20. */
export function nvidiaGpuValues(model: string, podsPerGpu: number): NvidiaGpuValues {
    return {
        runtimeClassName: "nvidia",
        gfd: { enabled: false },
        nodeSelector: nodesWith(model),
        affinity: null,
        ...(podsPerGpu === 1 ? {} : { config: { map: { default: timeSlicing(podsPerGpu) }, default: "default" } }),
    };
}

/** The plugin's own configuration: each GPU is offered so many times, and those who have it take turns. */
function timeSlicing(replicas: number): string {
    return stringify({
        version: "v1",
        sharing: { timeSlicing: { resources: [{ name: "nvidia.com/gpu", replicas }] } },
    });
}
