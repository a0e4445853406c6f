import type * as pulumi from "@pulumi/pulumi";
import type { Env, PodArgs, Resources } from "../workload";

/** Makers whose GPUs the house knows how to hand out. */
export const gpuVendors = ["intel", "nvidia", "amd"] as const;

export type GpuVendor = (typeof gpuVendors)[number];

/**
 * GPUs of one maker, as pods ask for them: by the resource of a device plugin, without a privilege and without a path of the
 * node. Which of the maker's models it is makes no difference to a pod.
 */
export interface Gpu {
    readonly vendor: GpuVendor;
    /** Words of the node label `homelab/gpu` of the nodes that have one. */
    readonly models: readonly string[];
    /** How many pods may use one at the same time. */
    readonly podsPerGpu: number;
    /** What a workload with a GPU waits for: until then no node has one to give. */
    readonly ready: readonly pulumi.Resource[];
}

/** No GPU: the processor does the work. */
export interface NoGpu {
    readonly vendor: "none";
}

/** What pictures are computed on. */
export type Graphics = Gpu | NoGpu;

export const noGpu: NoGpu = { vendor: "none" };

interface Traits {
    /** Resource that the device plugin offers. */
    readonly resource: string;
    /** RuntimeClass whose runtime puts the driver's libraries into the container; k3s makes it. */
    readonly runtimeClass?: string;
    readonly env?: Env;
}

const traits: Readonly<Record<GpuVendor, Traits>> = {
    intel: { resource: "gpu.intel.com/i915" },
    nvidia: {
        resource: "nvidia.com/gpu",
        runtimeClass: "nvidia",
        // Without `video` the container gets no library for encoding and decoding.
        env: { NVIDIA_DRIVER_CAPABILITIES: "compute,video,utility" },
    },
    amd: { resource: "amd.com/gpu" },
};

/** Ways to speak to a GPU, by Jellyfin's words. */
export type Acceleration = "vaapi" | "qsv" | "nvenc";

/** Intel's GPUs speak both. */
export type IntelAcceleration = Extract<Acceleration, "vaapi" | "qsv">;

/**
 * How a GPU is spoken to; `undefined` where there is none.
 * @param ofIntel how it is where it is Intel's. Default `vaapi`: for Quick Sync, those before the twelfth generation need a runtime that
 * Intel has given up.
 */
export function accelerationOf(graphics: Graphics, ofIntel: IntelAcceleration = "vaapi"): Acceleration | undefined {
    const ways = { none: undefined, intel: ofIntel, amd: "vaapi", nvidia: "nvenc" } as const;
    return ways[graphics.vendor];
}

/** Name of the resource that pods ask for. */
export function gpuResource(vendor: GpuVendor): string {
    return traits[vendor].resource;
}

/** What a pod and its container need to be given a GPU; nothing where there is none. */
export interface GpuDemand {
    readonly pod: Pick<PodArgs, "requires" | "runtimeClass">;
    readonly devices: NonNullable<Resources["devices"]>;
    readonly env: Env;
    readonly after: readonly pulumi.Resource[];
}

/** @param graphics one of it is asked for */
export function gpuDemand(graphics: Graphics): GpuDemand {
    if (graphics.vendor === "none") return { pod: {}, devices: {}, env: {}, after: [] };
    const { resource, runtimeClass, env } = traits[graphics.vendor];
    return {
        pod: {
            requires: { gpu: { models: graphics.models } },
            ...(runtimeClass === undefined ? {} : { runtimeClass }),
        },
        devices: { [resource]: 1 },
        env: env ?? {},
        after: graphics.ready,
    };
}
