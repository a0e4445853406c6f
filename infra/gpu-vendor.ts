/** Makers whose GPUs a device plugin hands out, by the vendor part of their PCI ids. */
const vendorsByPciId = { "8086": "intel", "10de": "nvidia", "1002": "amd" } as const;

export type GpuVendor = (typeof vendorsByPciId)[keyof typeof vendorsByPciId];

function isVendorId(id: string): id is keyof typeof vendorsByPciId {
    return id in vendorsByPciId;
}

/** The PCI vendor ids that are known, as messages tell them: `8086 (intel)`. */
export const knownGpuVendors: readonly string[] = Object.entries(vendorsByPciId).map(([id, name]) => `${id} (${name})`);

/** Maker of a PCI device. @param pciId `vendor:device` @returns `undefined` for one that no device plugin is known for */
export function gpuVendorOf(pciId: string): GpuVendor | undefined {
    const [vendor = ""] = pciId.split(":");
    return isVendorId(vendor) ? vendorsByPciId[vendor] : undefined;
}

/**
 * The maker that occurs most, the first one of those that occur equally often; `undefined` of none. A workload asks for the
 * resource of one maker, so its pods can be where that maker's GPUs are.
 */
export function commonestVendor(vendors: readonly GpuVendor[]): GpuVendor | undefined {
    const countOf = (vendor: GpuVendor) => vendors.filter((one) => one === vendor).length;
    return [...new Set(vendors)].toSorted((one, other) => countOf(other) - countOf(one))[0];
}
