import { failure } from "./api-error";
import type { ClusterFile } from "./cluster-state";
import { parsePropertyString, type PropertyFormat } from "./property";

/** A device of a host that machines can be given. */
export interface HostDevice {
    /** PCI address with domain, `0000:00:02.0`. */
    readonly path: string;
    /** `vendor:device`, hexadecimal without `0x`. */
    readonly id: string;
    readonly subsystemId: string;
    readonly iommuGroup: number;
}

/** One entry of a PCI mapping. */
export const MAP_FORMAT: PropertyFormat = {
    keys: {
        node: { type: "string" },
        path: { type: "string", pattern: /([\da-f]{4}:[\da-f]{2}:[\da-f]{2}(\.[\da-f])?;?)+/i },
        id: { type: "string", pattern: /(0x)?[\da-f]{4}:(0x)?[\da-f]{4}/i },
        "subsystem-id": { type: "string", optional: true, pattern: /(0x)?[\da-f]{4}:(0x)?[\da-f]{4}/i },
        iommugroup: { type: "integer", optional: true },
        description: { type: "string", optional: true, maxLength: 4096 },
    },
};

/** The mapping's devices on a host, each with its vendor and device. */
export function mappedDevices(
    file: ClusterFile,
    host: { readonly name: string; readonly devices: readonly HostDevice[] },
    mapping: string,
): { readonly path: string; readonly vendorDevice: string }[] {
    const record = file.state.pciMappings[mapping];
    const entries = (record?.map ?? [])
        .map((text) => parsePropertyString(MAP_FORMAT, text, "map").values)
        .filter((entry) => entry["node"] === host.name);
    if (entries.length === 0) throw failure(`PCI device mapping not found for '${mapping}'`);
    return entries.map((entry) => {
        const problem = mappingProblem(mapping, entry, host.devices, record?.mdev ?? 0);
        if (problem) throw failure(`PCI device mapping invalid (hardware probably changed): ${problem}`);
        return { path: entry["path"] ?? "", vendorDevice: (entry["id"] ?? "").replaceAll("0x", "") };
    });
}

/** What of a mapping's entry does not fit the host's hardware. */
export function mappingProblem(
    mapping: string,
    entry: Readonly<Record<string, string>>,
    devices: readonly HostDevice[],
    mdev: number,
): string | undefined {
    const path = entry["path"] ?? "";
    const device = devices.find((candidate) => candidate.path === path);
    if (!device) return `pci device '${path}' not found`;
    const pairs: [name: string, expected: string, configured: string | undefined][] = [
        ["id", device.id, entry["id"]],
        ["iommugroup", String(device.iommuGroup), entry["iommugroup"]],
        ["mdev", "0", String(mdev)],
        ["subsystem-id", device.subsystemId, entry["subsystem-id"]],
    ];
    for (const [name, expected, configured] of pairs) {
        if (configured === undefined) return `missing expected property '${name}' for device '${path}'`;
        const plain = configured.replaceAll("0x", "");
        if (plain !== expected) return `'${name}' does not match for '${mapping}' (${expected} != ${plain})`;
    }
    return undefined;
}
