import type { Access } from "./access";
import { failure, parameterError } from "./api-error";
import { parsePropertyString } from "./property";
import { splitVolumeId, type Storages } from "./storage";
import { driveFormat, HOSTPCI_FORMAT, NET_FORMAT } from "./vm-schema";

/** Privilege on the machine that changing a setting takes, by the setting's name. */
const PRIVILEGES: readonly { readonly privilege: string; readonly names: RegExp }[] = [
    { privilege: "VM.Config.CPU", names: /^(cores|cpu|cpulimit|cpuunits|numa\d*|sockets|vcpus)$/ },
    { privilege: "VM.Config.Memory", names: /^(memory|balloon|shares|allow-ksm)$/ },
    {
        privilege: "VM.Config.HWType",
        names: /^(acpi|hotplug|kvm|machine|scsihw|smbios1|tablet|vga|watchdog|audio0|rng0)$/,
    },
    {
        privilege: "VM.Config.Options",
        names: /^(agent|autostart|bios|description|keyboard|localtime|migrate_\w+|name|onboot|ostype|protection|reboot|startdate|startup|tags|tdf|template)$/,
    },
    { privilege: "VM.PowerMgmt", names: /^freeze$/ },
    {
        privilege: "VM.Config.Disk",
        names: /^(boot|bootdisk|vmstatestorage|unused\d+|efidisk0|tpmstate0|(ide|sata|scsi|virtio)\d+)$/,
    },
    { privilege: "VM.Config.Network", names: /^net\d+$/ },
    {
        privilege: "VM.Config.Cloudinit",
        names: /^(cicustom|cipassword|citype|ciuser|ciupgrade|nameserver|searchdomain|sshkeys|ipconfig\d+)$/,
    },
    { privilege: "VM.Config.HWType", names: /^(hostpci|serial|usb|virtiofs|parallel)\d+$/ },
];

/** @throws ApiError 403, or 500 "only root can set ..." */
export function checkSettingRights(
    access: Access,
    user: string,
    vmId: string,
    settings: Readonly<Record<string, string>>,
    storages: Storages,
): void {
    // The literal root, by ticket, may do everything; not even root's tokens may.
    if (user === "root@pam") return;
    const vm = `/vms/${vmId}`;
    for (const [name, value] of Object.entries(settings)) {
        const drive = driveFormat(name) && parsePropertyString(driveFormat(name) ?? { keys: {} }, value, name).values;
        if (drive) checkDriveRights(access, user, vm, drive);
        else {
            const rule = PRIVILEGES.find(({ names }) => names.test(name));
            if (!rule) throw failure(`only root can set '${name}' config`);
            access.check(user, vm, rule.privilege);
        }
        if (name === "startup") access.check(user, "/", "Sys.Modify");
        if (/^hostpci\d+$/.test(name)) checkDeviceRights(access, user, name, value);
        if (/^net\d+$/.test(name)) checkBridgeRights(access, user, parsePropertyString(NET_FORMAT, value, name).values);
        if (drive?.["import-from"]) {
            const [storage] = splitVolumeId(drive["import-from"]);
            storages.definition(storage);
            access.checkAny(user, `/storage/${storage}`, "Datastore.AllocateSpace", "Datastore.Audit");
        }
    }
}

/** @throws ApiError 403 */
export function checkRemovalRights(access: Access, user: string, vmId: string, names: readonly string[]): void {
    if (user === "root@pam") return;
    for (const name of names) {
        const rule = PRIVILEGES.find((candidate) => candidate.names.test(name));
        if (!rule) throw failure(`only root can set '${name}' config`);
        access.check(user, `/vms/${vmId}`, rule.privilege);
    }
}

function checkDriveRights(access: Access, user: string, vm: string, drive: Readonly<Record<string, string>>): void {
    const file = drive["file"] ?? "";
    const isCdRom = drive["media"] === "cdrom" || file === "none" || file.includes("cloudinit");
    access.check(user, vm, isCdRom ? "VM.Config.CDROM" : "VM.Config.Disk");
    if (file === "none") return;
    if (file === "cdrom") return access.check(user, "/", "Sys.Console");
    if (!file.includes(":")) throw failure("Only root can pass arbitrary filesystem paths.");
    const [storage] = splitVolumeId(file);
    access.check(user, `/storage/${storage}`, "Datastore.AllocateSpace");
}

function checkDeviceRights(access: Access, user: string, name: string, value: string): void {
    const device = parsePropertyString(HOSTPCI_FORMAT, value, name).values;
    if (device["host"]) throw failure(`only root can set '${name}' config for non-mapped devices`);
    if (!device["mapping"]) throw failure("either 'host' or 'mapping' must be set.");
    access.check(user, `/mapping/pci/${device["mapping"]}`, "Mapping.Use");
    if (device["romfile"] !== undefined) throw parameterError({ [name]: "only root@pam can set 'romfile' option" });
}

function checkBridgeRights(access: Access, user: string, net: Readonly<Record<string, string>>): void {
    const { bridge, tag } = net;
    if (bridge === undefined) return;
    const path = `/sdn/zones/localnetwork/${bridge}`;
    if (access.may(user, path, "SDN.Use")) return;
    access.checkAny(user, tag === undefined ? path : `${path}/${tag}`, "SDN.Use");
}
