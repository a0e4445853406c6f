import { failure, parameterError } from "./api-error";
import type { VmRecord } from "./cluster-state";
import { parsePropertyString, printPropertyString } from "./property";
import { formatSize, GIB, splitVolumeId, type Storages } from "./storage";
import { driveFormat } from "./vm-schema";

const MIB = 1024 ** 2;
/** Firmware settings and cloud-init drives take one extent of 4 MiB. */
const SMALL_DRIVE_BYTES = 4 * MIB;
/** Of a drive's value, what only says how to make it, and what is written anew. */
const NOT_KEPT = ["file", "format", "import-from", "size"];
const NEW_DISK = /^([^/:\s]+):(\d+(?:\.\d+)?)$/;

/** Checks that PVE makes before it starts the work. @throws ApiError */
export function checkDrive(storages: Storages, host: string, name: string, text: string): void {
    const format = driveFormat(name);
    if (!format) return;
    const { values } = parsePropertyString(format, text, name);
    const file = values["file"] ?? "";
    const [, storage, size] = NEW_DISK.exec(file) ?? [];
    if (storage !== undefined && !storages.definition(storage).content.includes("images"))
        throw parameterError({ storage: `storage '${storage}' does not support vm images` });
    const source = values["import-from"];
    if (source === undefined) return;
    if (Number(size) !== 0)
        throw parameterError({
            [name]: "'import-from' requires special syntax - use <storage ID>:0,import-from=<source>",
        });
    const volume = storages.find(host, source);
    if (volume && volume.content !== "images" && volume.content !== "import")
        throw parameterError({
            [name]: `${source} has wrong type '${volume.content}' - needs to be 'images' or 'import'`,
        });
}

/**
 * Gives a drive its volume: makes a new one, imports one, or takes one that is there, and answers the drive's
 * value as it is kept.
 *
 * @throws ApiError 500 when the storage is full or the source is missing.
 */
export function placeDrive(storages: Storages, vm: VmRecord, name: string, text: string): string {
    const format = driveFormat(name);
    if (!format) return text;
    const { values } = parsePropertyString(format, text, name);
    const { file = "", format: wanted, "import-from": source } = values;
    const rest = Object.fromEntries(Object.entries(values).filter(([key]) => !NOT_KEPT.includes(key)));
    if (file === "none" || file === "cdrom") return printPropertyString(format, { file, ...rest });
    const [, storage, gibibytes] = NEW_DISK.exec(file) ?? [];
    if (storage !== undefined && gibibytes !== undefined) {
        const extension =
            wanted ?? (storages.definition(storage).type === "dir" && name !== "efidisk0" ? "qcow2" : "raw");
        const volume = storages.add({
            host: vm.host,
            storage,
            name: storages.diskName(vm.host, storage, vm.vmId, extension),
            content: "images",
            format: extension,
            sizeBytes: newDiskBytes(storages, vm.host, name, Number(gibibytes), source),
            vmId: vm.vmId,
        });
        return printPropertyString(format, {
            file: `${storage}:${volume.name}`,
            ...rest,
            size: formatSize(volume.sizeBytes),
        });
    }
    const [id, volumeName] = splitVolumeId(file);
    if (volumeName === "cloudinit" || volumeName.includes(`vm-${vm.vmId}-cloudinit`)) {
        const volid = cloudInitDrive(storages, vm, id, wanted);
        return printPropertyString(format, {
            file: volid,
            ...rest,
            media: "cdrom",
            size: formatSize(SMALL_DRIVE_BYTES),
        });
    }
    const volume = storages.find(vm.host, file);
    if (!volume) throw failure(`volume '${file}' does not exist`);
    return printPropertyString(format, { file, ...rest, size: formatSize(volume.sizeBytes) });
}

/** Volume id of a drive's value; `undefined` for an empty CD-ROM drive. */
export function volumeOf(name: string, text: string): string | undefined {
    const format = driveFormat(name);
    const file = format && parsePropertyString(format, text, name).values["file"];
    return file !== undefined && file.includes(":") ? file : undefined;
}

/** The drive's value with another size. */
export function withSize(name: string, text: string, bytes: number): string {
    const format = driveFormat(name);
    if (!format) return text;
    return printPropertyString(format, { ...parsePropertyString(format, text, name).values, size: formatSize(bytes) });
}

function newDiskBytes(storages: Storages, host: string, name: string, gibibytes: number, source?: string): number {
    if (source !== undefined) {
        const volume = storages.find(host, source);
        if (!volume) throw failure(`volume '${source}' does not exist`);
        return importedBytes(volume.sizeBytes);
    }
    return name === "efidisk0" || name === "tpmstate0" ? SMALL_DRIVE_BYTES : Math.ceil(gibibytes * GIB);
}

/** A cloud image unpacks to some GiB; no image is here to ask, so three, the size of Debian's. */
function importedBytes(fileBytes: number): number {
    return Math.max(3 * GIB, Math.ceil(fileBytes / GIB) * GIB);
}

function cloudInitDrive(storages: Storages, vm: VmRecord, storage: string, wanted: string | undefined): string {
    const format = wanted ?? (storages.definition(storage).type === "dir" ? "qcow2" : "raw");
    const name = storages.ownedName(storage, vm.vmId, `vm-${vm.vmId}-cloudinit`, format);
    const volid = `${storage}:${name}`;
    if (!storages.find(vm.host, volid))
        storages.add({
            host: vm.host,
            storage,
            name,
            content: "images",
            format,
            sizeBytes: SMALL_DRIVE_BYTES,
            vmId: vm.vmId,
        });
    return volid;
}
