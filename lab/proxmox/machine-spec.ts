import { readFileSync } from "node:fs";
import type { MachineSpec } from "../cluster/body";
import { failure } from "./api-error";
import type { ConfigValue, VmRecord } from "./cluster-state";
import { parsePropertyString, type PropertyValues } from "./property";
import { GIB, parseSize, type Storages } from "./storage";
import { BOOT_FORMAT, CICUSTOM_FORMAT, driveFormat, HOSTPCI_FORMAT, IPCONFIG_FORMAT, NET_FORMAT } from "./vm-schema";

/** Bridges that each host has. */
export const BRIDGES = ["vmbr0"];

/** A passed-through device of a machine, as its settings name it. */
export interface PassedDevice {
    readonly setting: string;
    readonly mapping: string;
    readonly pcie: boolean;
}

/**
 * Reads a machine's settings as its power goes on.
 *
 * @param pciDevices found for the machine's passed-through devices.
 * @throws ApiError 500 when a snippet or a bridge is not there.
 */
export function machineSpec(storages: Storages, vm: VmRecord, pciDevices: MachineSpec["pciDevices"]): MachineSpec {
    const { config } = vm;
    return {
        vmId: vm.vmId,
        name: machineName(vm),
        host: vm.host,
        cores: Number(config["cores"] ?? 1) * Number(config["sockets"] ?? 1),
        memoryMiB: memoryMiB(vm),
        diskGiB: bootDiskBytes(vm) / GIB,
        interfaces: interfaces(config),
        pciDevices,
        userData: userData(storages, vm),
    };
}

export function machineName(vm: VmRecord): string {
    return String(vm.config["name"] ?? `VM${vm.vmId}`);
}

export function memoryMiB(vm: VmRecord): number {
    return Number(/\d+/.exec(String(vm.config["memory"] ?? 512))?.[0]);
}

/** Size of the first disk in the boot order, else of the first disk. */
export function bootDiskBytes(vm: VmRecord): number {
    const order = parsePropertyString(BOOT_FORMAT, String(vm.config["boot"] ?? ""), "boot").values["order"] ?? "";
    const drives = [...order.split(";"), ...Object.keys(vm.config).sort()].filter((name) =>
        /^(scsi|virtio|sata|ide)\d/.test(name),
    );
    for (const name of drives) {
        const format = driveFormat(name);
        const values = format && parsePropertyString(format, String(vm.config[name] ?? ""), name).values;
        if (values?.["size"] && values["media"] !== "cdrom") return parseSize(values["size"]) ?? 0;
    }
    return 0;
}

/** @throws ApiError 500 for a device that names no mapping. */
export function passedDevices(vm: VmRecord): PassedDevice[] {
    return numbered(vm.config, "hostpci").map(([setting, text]) => {
        const values = parsePropertyString(HOSTPCI_FORMAT, text, setting).values;
        const mapping = values["mapping"];
        // Raw addresses are root's; the lab knows devices by mapping only.
        if (mapping === undefined) throw failure("Either 'host' or 'mapping' must be set.");
        return { setting, mapping, pcie: values["pcie"] === "1" };
    });
}

function interfaces(config: Readonly<Record<string, ConfigValue>>): MachineSpec["interfaces"] {
    return numbered(config, "net").flatMap(([name, text]) => {
        const net = parsePropertyString(NET_FORMAT, text, name).values;
        const bridge = net["bridge"];
        if (bridge !== undefined && !BRIDGES.includes(bridge)) throw failure(`bridge '${bridge}' does not exist`);
        const address = staticAddress(config[name.replace("net", "ipconfig")]);
        return address ? [{ mac: net["macaddr"] ?? "", ...address }] : [];
    });
}

/** `undefined` for DHCP: the lab has no such server. */
function staticAddress(ipconfig: ConfigValue | undefined): { address: string; prefix: number } | undefined {
    const values: PropertyValues = parsePropertyString(IPCONFIG_FORMAT, String(ipconfig ?? ""), "ipconfig").values;
    const [address, prefix] = (values["ip"] ?? values["ip6"] ?? "").split("/");
    return address && prefix ? { address, prefix: Number(prefix) } : undefined;
}

function userData(storages: Storages, vm: VmRecord): string | undefined {
    const custom = parsePropertyString(CICUSTOM_FORMAT, String(vm.config["cicustom"] ?? ""), "cicustom").values;
    const texts = Object.entries(custom).map(
        ([kind, volid]) => [kind, readFileSync(storages.snippetFile(vm.host, volid), "utf8")] as const,
    );
    return new Map(texts).get("user");
}

function numbered(config: Readonly<Record<string, ConfigValue>>, family: string): [name: string, value: string][] {
    return Object.keys(config)
        .filter((name) => new RegExp(`^${family}\\d+$`).test(name))
        .sort((a, b) => Number(a.slice(family.length)) - Number(b.slice(family.length)))
        .map((name) => [name, String(config[name])]);
}
