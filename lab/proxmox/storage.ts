import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { failure, parameterError } from "./api-error";
import type { ClusterFile, VolumeRecord } from "./cluster-state";

/** A datastore of the cluster's storage configuration; each host has one of its own by that name. */
export interface StorageDefinition {
    readonly id: string;
    /** `dir` keeps files below `path`; `lvmthin` keeps disks only. */
    readonly type: "dir" | "lvmthin";
    readonly content: readonly ("images" | "import" | "iso" | "vztmpl" | "snippets" | "backup")[];
    /** Path on the host, for `dir`. */
    readonly path?: string;
    /** Room on each host. A thin pool is counted as if every disk in it were full. */
    readonly capacityGiB: number;
}

/** What a fresh installation has, with `snippets` and `import` switched on as `docs/getting-started` asks for. */
export const DEFAULT_STORAGES: readonly StorageDefinition[] = [
    {
        id: "local",
        type: "dir",
        path: "/var/lib/vz",
        content: ["iso", "vztmpl", "backup", "snippets", "import"],
        capacityGiB: 100,
    },
    { id: "local-lvm", type: "lvmthin", content: ["images"], capacityGiB: 800 },
];

export const GIB = 1024 ** 3;

/** One line of a storage's content. */
export interface Content {
    readonly volid: string;
    readonly content: string;
    readonly format: string;
    readonly size: number;
    readonly ctime: number;
    readonly vmid?: number;
}

/** The datastores of all hosts: what is in them and how much room is left. */
export class Storages {
    constructor(
        private readonly file: ClusterFile,
        readonly definitions: readonly StorageDefinition[],
        /** Folder of the emulator; snippets lie below it, a folder a host. */
        private readonly folder: string,
    ) {}

    /** @throws ApiError 500 when there is no such storage. */
    definition(id: string): StorageDefinition {
        const found = this.definitions.find((storage) => storage.id === id);
        if (!found) throw failure(`storage '${id}' does not exist`);
        return found;
    }

    /**
     * Where a path of a host lies on this machine; `undefined` outside the host's datastores.
     *
     * @param path absolute, as seen on the host.
     */
    realPath(host: string, path: string): string | undefined {
        const clean = posix.normalize(path);
        const storage = this.definitions.find(
            ({ path: base }) => base && (clean === base || clean.startsWith(`${base}/`)),
        );
        return storage?.path && join(this.folderOf(host, storage.id), clean.slice(storage.path.length));
    }

    /** Makes the folders that PVE makes when it activates a storage. */
    activate(host: string): void {
        for (const { id, type } of this.definitions)
            if (type === "dir") mkdirSync(join(this.folderOf(host, id), "snippets"), { recursive: true, mode: 0o700 });
    }

    list(host: string, id: string): Content[] {
        return [
            ...this.volumes(host, id).map((volume) => ({
                volid: `${id}:${volume.name}`,
                content: volume.content,
                format: volume.format,
                size: volume.sizeBytes,
                ctime: Math.floor(volume.createdAtMs / 1000),
                ...(volume.vmId === undefined ? {} : { vmid: volume.vmId }),
            })),
            ...this.snippets(host, id),
        ];
    }

    find(host: string, volid: string): VolumeRecord | undefined {
        const [id, name] = splitVolumeId(volid);
        return this.volumes(host, id).find((volume) => volume.name === name);
    }

    /** Text file of a snippet's volume id (`local:snippets/x.yaml`). @throws ApiError 500 when it is not there. */
    snippetFile(host: string, volid: string): string {
        const [id, name] = splitVolumeId(volid);
        const { path } = this.definition(id);
        const found = this.snippets(host, id).find((entry) => entry.volid === volid);
        if (!found) throw failure(`volume '${volid}' does not exist`);
        return this.realPath(host, posix.join(path ?? "", name)) ?? "";
    }

    usedBytes(host: string, id: string): number {
        return this.list(host, id).reduce((sum, entry) => sum + entry.size, 0);
    }

    /** Takes room for a volume. @throws ApiError 500 in the words of the storage's own tool when it is full. */
    add(volume: Omit<VolumeRecord, "createdAtMs">): VolumeRecord {
        this.claim(volume.host, volume.storage, volume.sizeBytes, volume.name);
        const record = { ...volume, createdAtMs: Date.now() };
        this.file.state.volumes.push(record);
        return record;
    }

    /** @throws ApiError 500 when it would shrink, or the storage is full. */
    grow(volume: VolumeRecord, sizeBytes: number): void {
        if (sizeBytes < volume.sizeBytes) throw failure("shrinking disks is not supported");
        this.claim(volume.host, volume.storage, sizeBytes - volume.sizeBytes, volume.name);
        volume.sizeBytes = sizeBytes;
    }

    /** @throws ApiError 500 when there is no such volume. */
    remove(host: string, volid: string): void {
        const volume = this.find(host, volid);
        if (volume) this.file.state.volumes = this.file.state.volumes.filter((other) => other !== volume);
        else rmSync(this.snippetFile(host, volid));
    }

    /** First free `vm-<id>-disk-<n>`. */
    diskName(host: string, id: string, vmId: number, extension: string): string {
        const taken = new Set(this.volumes(host, id).map((volume) => volume.name));
        for (let index = 0; ; index += 1) {
            const name = this.ownedName(id, vmId, `vm-${vmId}-disk-${index}`, extension);
            if (!taken.has(name)) return name;
        }
    }

    /** Name of a VM's volume: a file storage keeps each VM's in a folder, with the format as extension. */
    ownedName(id: string, vmId: number, name: string, extension: string): string {
        return this.definition(id).type === "dir" ? `${vmId}/${name}.${extension}` : name;
    }

    private claim(host: string, id: string, sizeBytes: number, name: string): void {
        const { capacityGiB, type } = this.definition(id);
        if (this.usedBytes(host, id) + sizeBytes <= capacityGiB * GIB) return;
        throw failure(
            type === "lvmthin"
                ? `lvcreate 'pve/${name}' error:   Cannot create new thin volume, free space in thin pool pve/data reached threshold.`
                : `write '${name}' failed: No space left on device`,
        );
    }

    private volumes(host: string, id: string): VolumeRecord[] {
        return this.file.state.volumes.filter((volume) => volume.host === host && volume.storage === id);
    }

    private snippets(host: string, id: string): Content[] {
        const { type, content } = this.definition(id);
        if (type !== "dir" || !content.includes("snippets")) return [];
        const folder = join(this.folderOf(host, id), "snippets");
        return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
            if (!entry.isFile()) return [];
            const { size, mtimeMs } = statSync(join(folder, entry.name));
            const volid = `${id}:snippets/${entry.name}`;
            return [{ volid, content: "snippets", format: "snippet", size, ctime: Math.floor(mtimeMs / 1000) }];
        });
    }

    private folderOf(host: string, id: string): string {
        return join(this.folder, "hosts", host, id);
    }
}

/** `storage:name`. @throws ApiError 500 for anything else. */
export function splitVolumeId(volid: string): [storage: string, name: string] {
    const [, id, name] = /^([a-z][a-z0-9\-_.]*[a-z0-9]):(.+)$/i.exec(volid) ?? [];
    if (!id || !name) throw failure(`unable to parse volume ID '${volid}'`);
    return [id, name];
}

/** Bytes of `60G`, `4M` or a plain number of bytes. */
export function parseSize(text: string): number | undefined {
    const [, number, unit] = /^(\d+(?:\.\d+)?)([KMGT])?$/.exec(text) ?? [];
    if (number === undefined) return undefined;
    const power = unit ? "KMGT".indexOf(unit) + 1 : 0;
    return Math.ceil(Number(number) * 1024 ** power);
}

/** The largest unit that divides the size without a rest, as PVE writes sizes. */
export function formatSize(bytes: number): string {
    let [value, unit] = [bytes, 0];
    while (unit < 4 && value >= 1024 && value % 1024 === 0) [value, unit] = [value / 1024, unit + 1];
    return `${value}${["", "K", "M", "G", "T"][unit] ?? ""}`;
}

const CHECKSUM_HEX_DIGITS: Readonly<Record<string, number>> = {
    md5: 32,
    sha1: 40,
    sha224: 56,
    sha256: 64,
    sha384: 96,
    sha512: 128,
};

/** @throws ApiError 400 or 500 when PVE would refuse the name. */
export function checkDownloadName(content: string, fileName: string): void {
    const extension = { iso: /\.(iso|img)$/i, vztmpl: /\.tar\.(gz|xz|zst|bz2)$/i, import: /\.(ova|qcow2|raw|vmdk)$/ }[
        content
    ];
    if (extension?.test(fileName) && /^[\w.+=\-]+$/.test(fileName)) return;
    throw parameterError({
        filename: content === "import" ? "invalid filename or wrong extension" : "wrong file extension",
    });
}

/** A checksum that no file can have fails the download, as the comparison on a host would. */
export function checksumProblem(algorithm: string, checksum: string): string | undefined {
    const digits = CHECKSUM_HEX_DIGITS[algorithm];
    if (digits !== undefined && checksum.length === digits && /^[\da-f]+$/i.test(checksum)) return undefined;
    return `checksum mismatch: '${checksum}' is not a ${algorithm} checksum`;
}
