import type * as pulumi from "@pulumi/pulumi";
import type { CertManagerHandle } from "../certificates";
import { AmdGpuPlugin } from "./amd-gpu-plugin";
import type { Gpu, GpuVendor } from "./gpu";
import { IntelGpuPlugin } from "./intel-gpu-plugin";
import { NvidiaGpuPlugin } from "./nvidia-gpu-plugin";
import type { GpuPluginArgs } from "./plugin";

export interface HandOutArgs extends GpuPluginArgs {
    readonly vendor: GpuVendor;
    /** Where plugins that need certificates get them. */
    readonly certificates: CertManagerHandle;
}

/** Installs the device plugin of a maker. */
export function handOutGpus(name: string, args: HandOutArgs, opts?: pulumi.ComponentResourceOptions): Gpu {
    const { vendor, models, podsPerGpu, certificates } = args;
    switch (vendor) {
        case "intel":
            return new IntelGpuPlugin(name, { models, podsPerGpu, certificates }, opts).gpu;
        case "nvidia":
            return new NvidiaGpuPlugin(name, { models, podsPerGpu }, opts).gpu;
        case "amd":
            return new AmdGpuPlugin(name, { models }, opts).gpu;
        default:
            throw new Error(`no plugin hands out GPUs of ${vendor satisfies never}`);
    }
}
