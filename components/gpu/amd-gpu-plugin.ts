import * as pulumi from "@pulumi/pulumi";
import { chartRelease } from "../chart-release";
import { Namespace } from "../namespace";
import { charts } from "../versions";
import type { Gpu } from "./gpu";
import { nodesWith, type ChartNodeSelector, type GpuPluginArgs } from "./plugin";

/** AMD's device plugin. It shares nothing: one pod has the whole GPU. */
export class AmdGpuPlugin extends pulumi.ComponentResource {
    readonly gpu: Gpu;

    constructor(name: string, { models }: Pick<GpuPluginArgs, "models">, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:gpu:AmdGpuPlugin", name, { models }, opts);
        const ready = models.map((model) => {
            // One for each model: the chart names its objects after itself. Its pods write to the folder of kubelet's plugins.
            const namespace = new Namespace(
                `amd-device-plugin-${model}`,
                { podSecurity: "privileged", partOf: "gpu" },
                { parent: this },
            );
            return chartRelease(
                `${name}-${model}`,
                {
                    releaseName: `gpu-${model}`,
                    pin: charts.amdGpu,
                    namespace: namespace.name,
                    values: { ...amdGpuValues(model) },
                },
                { parent: this },
            );
        });
        this.gpu = { vendor: "amd", models, podsPerGpu: 1, ready };
        this.registerOutputs({ models });
    }
}

/** Values of amd-gpu that the house sets. */
export interface AmdGpuValues {
    readonly node_selector_enabled: boolean;
    readonly node_selector: ChartNodeSelector;
}

/** Values of amd-gpu 0.21. */
export function amdGpuValues(model: string): AmdGpuValues {
    return {
        node_selector_enabled: true,
        node_selector: nodesWith(model, ["feature.node.kubernetes.io/pci-0300_1002.present"]),
    };
}
