import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { shareFault, sharePath } from "../nas-paths";
import type { Claim, MadeVolume, StorageClass, Volume, VolumeMaker } from "./objects";

/** What becomes of a volume's directory when the volume is deleted. */
export type OnDelete = "delete" | "retain" | "archive";

const PARAMETERS = new Set(["server", "share", "subdir", "ondelete", "mountpermissions"]);

/** Makes volumes that are directories on the NAS, as csi-driver-nfs does (`pkg/nfs/controllerserver.go`). */
export class NfsVolumes implements VolumeMaker {
    /**
     * @param folder the NAS' exports, below its address; `undefined` where no node has containers that could write.
     * @param defaultOnDelete what the installed chart says.
     */
    constructor(
        private readonly folder: string | undefined,
        private readonly defaultOnDelete: () => OnDelete,
    ) {}

    async create(name: string, claim: Claim, storageClass: StorageClass): Promise<MadeVolume> {
        const parameters = readParameters(storageClass.parameters ?? {});
        const { server, share, mountPermissions } = parameters;
        const subDir = resolved(parameters.subDir ?? name, name, claim);
        const onDelete = parameters.onDelete ?? this.defaultOnDelete();
        if (this.folder !== undefined) {
            const fault = shareFault(this.folder, server, share, existsSync);
            if (fault !== undefined) throw new Error(`failed to mount nfs server: ${fault}`);
            const path = sharePath(this.folder, server, share, subDir);
            makeFolders(sharePath(this.folder, server, share), path);
            if (mountPermissions > 0) chmodSync(path, mountPermissions);
        }
        const policy = onDelete === "delete" ? "" : onDelete;
        const unique = parameters.subDir === undefined ? "" : name;
        return {
            handle: [server, trimmed(share), trimmed(subDir), unique, policy].join("#"),
            attributes: { ...storageClass.parameters, subDir },
        };
    }

    async remove(volume: Volume): Promise<void> {
        const { folder } = this;
        const [server = "", share = "", subDir = "", , given] = (volume.spec.csi?.volumeHandle ?? "").split("#");
        // An empty directory would be the whole share: the driver takes such a volume for one that is gone.
        if (folder === undefined || subDir === "") return;
        const onDelete = isOnDelete(given) ? given : this.defaultOnDelete();
        const root = sharePath(folder, server, share);
        const path = sharePath(folder, server, share, subDir);
        if (onDelete === "retain" || !existsSync(path)) return;
        if (onDelete === "archive") {
            const archived = sharePath(folder, server, share, `archived-${subDir}`);
            makeFolders(root, dirname(archived));
            rmSync(archived, { recursive: true, force: true });
            renameSync(path, archived);
        } else {
            rmSync(path, { recursive: true });
            for (let above = dirname(path); above !== root && readdirSync(above).length === 0; above = dirname(above))
                rmdirSync(above);
        }
    }
}

interface Parameters {
    readonly server: string;
    readonly share: string;
    readonly subDir: string | undefined;
    readonly onDelete: OnDelete | undefined;
    /** Mode that the driver gives the directory; 0 leaves it as it is. */
    readonly mountPermissions: number;
}

/** Names count without regard to case, as in the driver. @throws Error in the driver's words. */
function readParameters(given: Readonly<Record<string, string>>): Parameters {
    const values = new Map<string, string>();
    for (const [name, value] of Object.entries(given)) {
        // The provisioner keeps these for itself.
        if (name.startsWith("csi.storage.k8s.io/")) continue;
        if (!PARAMETERS.has(name.toLowerCase())) throw new Error(`invalid parameter "${name}" in storage class`);
        values.set(name.toLowerCase(), value);
    }
    const required = (name: string) => {
        const value = values.get(name);
        if (!value) throw new Error(`${name} is a required parameter`);
        return value;
    };
    const onDelete = values.get("ondelete");
    if (onDelete !== undefined && !isOnDelete(onDelete))
        throw new Error(`invalid value ${onDelete} for OnDelete, supported values are [delete retain archive]`);
    return {
        server: required("server"),
        share: required("share"),
        subDir: values.get("subdir"),
        onDelete,
        mountPermissions: modeOf(values.get("mountpermissions")),
    };
}

/** @throws Error where the text is no octal mode. */
export function modeOf(text: string | undefined): number {
    if (text === undefined || text === "") return 0;
    if (!/^[0-7]+$/.test(text)) throw new Error(`invalid mountPermissions ${text} in storage class`);
    return Number.parseInt(text, 8);
}

export function isOnDelete(text: string | undefined): text is OnDelete {
    return text === "delete" || text === "retain" || text === "archive";
}

function resolved(subDir: string, volumeName: string, claim: Claim): string {
    const values: Readonly<Record<string, string>> = {
        "${pvc.metadata.namespace}": claim.metadata.namespace ?? "",
        "${pvc.metadata.name}": claim.metadata.name ?? "",
        "${pv.metadata.name}": volumeName,
    };
    return Object.entries(values).reduce((text, [name, value]) => text.replaceAll(name, value), subDir);
}

/** Owned by root with mode 0755 whatever the lab's own umask is, as the driver's pod makes them. */
function makeFolders(root: string, path: string): void {
    if (path === root || existsSync(path)) return;
    makeFolders(root, dirname(path));
    mkdirSync(path);
    chmodSync(path, 0o755);
}

function trimmed(path: string): string {
    return join("/", path).replace(/^\/|\/$/g, "");
}
