import * as pulumi from "@pulumi/pulumi";
import type { CertManagerHandle } from "../components/certificates";
import {
    GpuSmokeTest,
    handOutGpus,
    noGpu,
    type Gpu,
    type GpuSmokeTestArgs,
    type GpuVendor,
    type Graphics,
} from "../components/gpu";
import type { HomelabConfig } from "../infra/config/schema";
import { commonestVendor } from "../infra/gpu-vendor";
import { gpuNodes } from "../infra/inventory";
import type { Base } from "./base";

/**
 * Hands out the GPUs of the nodes, and tries each of them where the house wants that.
 * @returns the GPUs of the commonest maker: the pods of a workload ask for one resource
 */
export function graphics(config: HomelabConfig, base: Base, certificates: CertManagerHandle): Graphics {
    const withGpu = gpuNodes(base.inventory);
    const { podsPerGpu, smokeTest } = config.gpu;
    const ofIntel = config.jellyfin.acceleration;
    const { providers } = base;
    const { gpu: wanted, workers } = config.jellyfin;
    // Of Jellyfin there is one pod a host, which leaves a share; of its workers there are as many as there are shares.
    const usedUp = wanted && workers !== undefined;
    const byVendor = new Map<GpuVendor, Gpu>();
    for (const vendor of new Set(withGpu.map(({ vendor }) => vendor))) {
        const own = withGpu.filter((machine) => machine.vendor === vendor);
        const models = [...new Set(own.map(({ model }) => model))];
        // Houses with one model have it under the model's name.
        const opts = { providers, aliases: [{ name: `gpu-${models[0]}` }] };
        const gpu = handOutGpus(`gpu-${vendor}`, { vendor, models, podsPerGpu, certificates }, opts);
        const nodes = own.map(({ node }) => node);
        byVendor.set(vendor, smokeTest ? tried(gpu, { ofIntel, nodes, usedUp }, providers) : gpu);
    }
    const main = commonestVendor(withGpu.map(({ vendor }) => vendor));
    return (main && byVendor.get(main)) ?? noGpu;
}

/** The same GPUs, for whoever waits until each was tried. */
function tried(gpu: Gpu, args: Omit<GpuSmokeTestArgs, "graphics">, providers: pulumi.ProviderResource[]): Gpu {
    const test = new GpuSmokeTest(`gpu-smoke-test-${gpu.vendor}`, { graphics: gpu, ...args }, { providers });
    return { ...gpu, ready: test.passed };
}
