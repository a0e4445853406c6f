import { gpuVendorOf, knownGpuVendors } from "../../gpu-vendor";
import { listed, type ConfigIssue } from "../issues";
import type { CrossCheck } from "./places";
import { describedGpus, type DescribedGpu, type PlacementCheck } from "./workplaces";

/** A GPU is handed out by its maker's device plugin, so the maker must be one of those. */
export const gpuVendorIsKnown: CrossCheck = ({ hosts }) =>
    (hosts ?? []).flatMap(({ gpu }, index) =>
        gpu === undefined || gpuVendorOf(gpu.id) !== undefined
            ? []
            : [
                  {
                      path: `hosts[${index}].gpu.id`,
                      wrong: `${gpu.id} is by no maker whose GPUs can be handed out`,
                      rule: `the first half is the maker, and there are device plugins of ${listed(knownGpuVendors)}`,
                      write: "copy vendor and device of the GPU itself, or remove the gpu",
                  },
              ],
    );

/** A model is a node label by which one plugin finds its nodes: two makers cannot share the word. */
export const gpuModelHasOneVendor: PlacementCheck = (config) => {
    const first = new Map<string, DescribedGpu>();
    return describedGpus(config).flatMap((gpu): ConfigIssue[] => {
        const { path, model, vendor } = gpu;
        const known = first.get(model) ?? gpu;
        first.set(model, known);
        return known.vendor === vendor
            ? []
            : [
                  {
                      path,
                      wrong: `${model} is a GPU of ${vendor} here and of ${known.vendor} on ${known.owner}`,
                      rule: "the word is the label by which the maker's device plugin finds its nodes",
                      write: "write a word of its own for each",
                  },
              ];
    });
};
