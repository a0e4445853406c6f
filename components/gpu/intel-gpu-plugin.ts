import * as pulumi from "@pulumi/pulumi";
import type { CertManagerHandle } from "../certificates";
import { chartRelease } from "../chart-release";
import { Namespace } from "../namespace";
import { charts } from "../versions";
import type { Gpu } from "./gpu";
import { nodesWith, type ChartNodeSelector, type GpuPluginArgs } from "./plugin";

export interface IntelGpuPluginArgs extends GpuPluginArgs {
    /** The operator's webhooks get their certificates from it. */
    readonly certificates: CertManagerHandle;
}

/** Intel's device plugin: makes the GPUs of the nodes countable, so that a pod gets one by asking for it. */
export class IntelGpuPlugin extends pulumi.ComponentResource {
    readonly gpu: Gpu;

    constructor(name: string, args: IntelGpuPluginArgs, opts?: pulumi.ComponentResourceOptions) {
        const { models, podsPerGpu } = args;
        super("homelab:gpu:IntelGpuPlugin", name, { models }, opts);
        // Its node pods look into /dev/dri and /sys of the node.
        const namespace = new Namespace(
            "intel-device-plugins",
            { podSecurity: "privileged", partOf: "gpu" },
            { parent: this },
        );
        const operator = chartRelease(
            `${name}-operator`,
            {
                releaseName: "intel-device-plugins-operator",
                pin: charts.intelDevicePluginsOperator,
                namespace: namespace.name,
                values: {},
            },
            { parent: this, dependsOn: [...args.certificates.installed] },
        );
        const ready = models.map((model) =>
            chartRelease(
                `${name}-${model}`,
                {
                    releaseName: `gpu-${model}`,
                    pin: charts.intelDevicePluginsGpu,
                    namespace: namespace.name,
                    values: { ...intelGpuValues(model, podsPerGpu) },
                },
                // The operator brings the definition of the object that this chart consists of.
                { parent: this, dependsOn: operator },
            ),
        );
        this.gpu = { vendor: "intel", models, podsPerGpu, ready };
        this.registerOutputs({ models });
    }
}

/** Values of intel-device-plugins-gpu that the house sets. */
export interface IntelGpuValues {
    readonly name: string;
    readonly sharedDevNum: number;
    readonly nodeFeatureRule: boolean;
    readonly nodeSelector: ChartNodeSelector;
}

/** Values of intel-device-plugins-gpu 0.36. */
export function intelGpuValues(model: string, podsPerGpu: number): IntelGpuValues {
    return {
        name: `gpudeviceplugin-${model}`,
        sharedDevNum: podsPerGpu,
        // A rule of node feature discovery, whose kind does not exist here.
        nodeFeatureRule: false,
        nodeSelector: nodesWith(model, ["intel.feature.node.kubernetes.io/gpu"]),
    };
}
