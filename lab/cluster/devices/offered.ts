import { PLUGIN_ANNOTATIONS } from "../simulated/plugins";

/** A resource that a plugin pod offers on its node. */
export interface OfferedDevices {
    readonly resource: string;
    /** Names of the devices, each as often as it may be shared. */
    readonly devices: readonly string[];
}

/**
 * What a plugin pod's annotations say, for the devices that its machine has.
 * @returns nothing where the pod offers no resource, or the machine has no device of its vendor.
 */
export function offeredDevices(
    annotations: Readonly<Record<string, string>>,
    pciDevices: readonly { readonly vendorDevice: string }[],
): OfferedDevices | undefined {
    const resource = annotations[PLUGIN_ANNOTATIONS.deviceResource];
    if (resource === undefined) return undefined;
    const vendor = `${annotations[PLUGIN_ANNOTATIONS.deviceVendor] ?? ""}:`;
    const share = Number(annotations[PLUGIN_ANNOTATIONS.deviceShare] ?? "1");
    const found = pciDevices.filter(({ vendorDevice }) => vendorDevice.startsWith(vendor));
    // The names that Intel's plugin gives: the card, and a number for each of those who share it.
    const devices = found.flatMap((_, card) => Array.from({ length: share }, (_, user) => `card${card}-${user}`));
    return devices.length > 0 ? { resource, devices } : undefined;
}
