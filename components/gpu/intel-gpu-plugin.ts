import * as pulumi from "@pulumi/pulumi";
import type { CertManager } from "../certificates";
import { Namespace } from "../namespace";
import { charts } from "../versions";
import { GPU_LABEL } from "../workload";
import { chartRelease } from "../chart-release";

export interface IntelGpuPluginArgs {
    /** The operator's webhooks get their certificates from it. */
    readonly certificates: CertManager;
    /** Word of the node label `homelab/gpu` of the nodes that have it. */
    readonly model: string;
    /** Pods that may share one GPU; default 1. With 1, a second pod on the node waits for the first to go. */
    readonly podsPerGpu?: number;
}

/** What a pod asks for to get the GPU: no privilege, no host path. */
export interface Gpu {
    readonly model: string;
    /** Resource name of the device, `gpu.intel.com/i915`. */
    readonly resource: string;
    /** What a workload with a GPU waits for: until then no node has one to give. */
    readonly ready: pulumi.Resource;
}

/** Intel's device plugin: makes the GPUs of the nodes countable, so that a pod gets one by asking for it. */
export class IntelGpuPlugin extends pulumi.ComponentResource {
    readonly gpu: Gpu;

    constructor(name: string, args: IntelGpuPluginArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:gpu:IntelGpuPlugin", name, { model: args.model }, opts);
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
            { parent: this, dependsOn: args.certificates.release },
        );
        const release = chartRelease(
            `${name}-gpu`,
            {
                releaseName: "intel-device-plugins-gpu",
                pin: charts.intelDevicePluginsGpu,
                namespace: namespace.name,
                values: gpuValues(args),
            },
            // The operator brings the definition of the object that this chart consists of.
            { parent: this, dependsOn: operator },
        );
        this.gpu = { model: args.model, resource: "gpu.intel.com/i915", ready: release };
        this.registerOutputs({ resource: this.gpu.resource });
    }
}

/** Values of intel-device-plugins-gpu 0.36. */
export function gpuValues(args: Pick<IntelGpuPluginArgs, "model" | "podsPerGpu">): Record<string, unknown> {
    return {
        name: "gpudeviceplugin",
        sharedDevNum: args.podsPerGpu ?? 1,
        // The nodes say from their first boot which GPU they have. The chart would look for a label of node feature
        // discovery, which is not installed; `null` takes that default away.
        nodeFeatureRule: false,
        nodeSelector: { "intel.feature.node.kubernetes.io/gpu": null, [GPU_LABEL]: args.model },
    };
}
