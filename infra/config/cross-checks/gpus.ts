import { gpuVendorOf, knownGpuVendors } from "../../gpu-vendor";
import { listed, type ConfigIssue } from "../issues";
import type { CrossCheck } from "./places";

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
export const gpuModelHasOneVendor: CrossCheck = ({ hosts }) => {
    const first = new Map<string, { readonly host: string; readonly vendor: string }>();
    return (hosts ?? []).flatMap(({ name, gpu }, index): ConfigIssue[] => {
        const vendor = gpu && gpuVendorOf(gpu.id);
        if (gpu === undefined || vendor === undefined) return [];
        const known = first.get(gpu.model) ?? { host: name, vendor };
        first.set(gpu.model, known);
        return known.vendor === vendor
            ? []
            : [
                  {
                      path: `hosts[${index}].gpu.model`,
                      wrong: `${gpu.model} is a GPU of ${vendor} here and of ${known.vendor} on ${known.host}`,
                      rule: "the word is the label by which the maker's device plugin finds its nodes",
                      write: "write a word of its own for each",
                  },
              ];
    });
};
