import { createHash, randomBytes, randomUUID } from "node:crypto";
import { failure, parameterError } from "./api-error";
import type { ConfigValue, VmRecord } from "./cluster-state";
import { parsePropertyString, printPropertyString } from "./property";
import type { Storages } from "./storage";
import { checkDrive, placeDrive, volumeOf } from "./vm-drives";
import { BOOT_FORMAT, driveFormat, NET_FORMAT, vmSetting } from "./vm-schema";

/** Prefix of the addresses that PVE gives to network devices. */
const MAC_PREFIX = "BC:24:11";

type Settings = Readonly<Record<string, string>>;

/** What PVE refuses at once, before a task begins. @throws ApiError */
export function checkSettings(storages: Storages, host: string, settings: Settings): void {
    for (const [name, value] of Object.entries(settings)) checkDrive(storages, host, name, value);
}

/** @throws ApiError 400 when the boot order names a device that the machine does not have. */
export function checkBootOrder(settings: Settings, config: Readonly<Record<string, ConfigValue>>): void {
    const boot = settings["boot"];
    const order = boot === undefined ? undefined : parsePropertyString(BOOT_FORMAT, boot, "boot").values["order"];
    const missing = order?.split(";").find((device) => config[device] === undefined && settings[device] === undefined);
    if (missing) throw parameterError({ boot: `invalid bootorder: device '${missing}' does not exist'` });
}

/** What a new machine has besides its settings. */
export function identity(): Record<string, ConfigValue> {
    return {
        meta: `creation-qemu=10.1.2,ctime=${Math.floor(Date.now() / 1000)}`,
        smbios1: `uuid=${randomUUID()}`,
        vmgenid: randomUUID(),
    };
}

/**
 * Takes settings over as PVE keeps them: disks get volumes, network devices addresses.
 *
 * @throws ApiError 500 when a disk cannot be made; what was made before stays in the record.
 */
export function applySettings(storages: Storages, vm: VmRecord, settings: Settings): void {
    for (const name of Object.keys(settings).sort()) {
        const value = settings[name] ?? "";
        const type = vmSetting(name)?.type;
        if (type === "integer" || type === "number" || type === "boolean") vm.config[name] = Number(value);
        else if (driveFormat(name)) replaceDrive(storages, vm, name, value);
        else if (/^net\d+$/.test(name)) vm.config[name] = withMac(value);
        else vm.config[name] = value;
    }
}

/** Removes settings; a disk's volume stays as `unused<n>`, a cloud-init drive and an `unused` volume are deleted. */
export function deleteSettings(storages: Storages, vm: VmRecord, names: readonly string[]): void {
    for (const name of names) {
        const value = vm.config[name];
        if (value === undefined) continue;
        delete vm.config[name];
        if (name.startsWith("unused")) storages.remove(vm.host, String(value));
        else if (driveFormat(name)) releaseVolume(storages, vm, volumeOf(name, String(value)));
    }
}

/** The settings as a client reads them. */
export function readConfig(vm: VmRecord): Record<string, ConfigValue> {
    return { ...vm.config, digest: digestOf(vm) };
}

/** @throws ApiError 500 when the client's digest is not that of the settings now. */
export function checkDigest(vm: VmRecord, digest: string | undefined): void {
    if (digest !== undefined && digest !== digestOf(vm))
        throw failure("detected modified configuration - file changed by other user? Try again.");
}

function digestOf(vm: VmRecord): string {
    return createHash("sha1").update(JSON.stringify(vm.config)).digest("hex");
}

function replaceDrive(storages: Storages, vm: VmRecord, name: string, value: string): void {
    const before = vm.config[name];
    const oldVolume = before === undefined ? undefined : volumeOf(name, String(before));
    const placed = placeDrive(storages, vm, name, value);
    vm.config[name] = placed;
    const volume = volumeOf(name, placed);
    if (oldVolume !== volume) releaseVolume(storages, vm, oldVolume);
    // A volume that is in use again is no longer unused.
    for (const [key, held] of Object.entries(vm.config))
        if (key.startsWith("unused") && held === volume) delete vm.config[key];
}

function releaseVolume(storages: Storages, vm: VmRecord, volid: string | undefined): void {
    if (volid === undefined || storages.find(vm.host, volid)?.vmId !== vm.vmId) return;
    if (volid.includes("-cloudinit")) return storages.remove(vm.host, volid);
    let index = 0;
    while (vm.config[`unused${index}`] !== undefined) index += 1;
    vm.config[`unused${index}`] = volid;
}

/** `model=virtio,bridge=vmbr0` becomes `virtio=BC:24:11:..,bridge=vmbr0`: no address given, a new one, as PVE does. */
function withMac(text: string): string {
    const { values } = parsePropertyString(NET_FORMAT, text, "net");
    return printPropertyString(NET_FORMAT, { ...values, macaddr: (values["macaddr"] ?? randomMac()).toUpperCase() });
}

function randomMac(): string {
    return [MAC_PREFIX, ...[...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, "0"))]
        .join(":")
        .toUpperCase();
}
