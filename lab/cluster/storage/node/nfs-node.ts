import { existsSync } from "node:fs";
import { posix } from "node:path";
import { GUEST_PATHS, type RealGuest } from "../../real/guest";
import { reasonOf } from "../../../reason";
import { DRIVERS } from "../annotations";
import { noNfsClient, shareFault, sharePath, shareSource } from "../nas-paths";
import { GuestMounts } from "./mounts";
import { bindOptions } from "./nfs-options";
import { CsiError, type NodeDriver, type VolumeRequest } from "./node-driver";

/** The NFS driver's part on a node: what the NAS exports is a folder that all machines see. */
export class NfsNode implements NodeDriver {
    readonly name = DRIVERS.nfs;
    readonly version = "v4.13.4";
    readonly capabilities = ["GET_VOLUME_STATS"] as const;
    private readonly mounts: GuestMounts;

    constructor(private readonly guest: RealGuest) {
        this.mounts = new GuestMounts(guest);
    }

    async publish(volume: VolumeRequest, _stagingPath: string, targetPath: string, readOnly: boolean): Promise<void> {
        const { server, share, subDir = "", mountPermissions } = lowerCased(volume.attributes);
        if (!server) throw new CsiError("INVALID_ARGUMENT", "server is a required parameter");
        if (!share) throw new CsiError("INVALID_ARGUMENT", "share is a required parameter");
        if (await this.mounts.isMounted(targetPath)) return;
        const source = shareSource(server, share, subDir);
        const flags = [...volume.mountFlags, ...(readOnly ? ["ro"] : [])];
        const options = this.refuseOrSort(server, posix.join("/", share, subDir), source, targetPath, flags);
        await this.mounts.makeFolder(targetPath);
        await this.mounts.bind(sharePath(GUEST_PATHS.nas, server, share, subDir), targetPath, options);
        // The driver's own last act; an empty or zero mode leaves the folder as it is.
        if (mountPermissions && !/^0+$/.test(mountPermissions)) await this.giveMode(mountPermissions, targetPath);
    }

    async unpublish(_handle: string, targetPath: string): Promise<void> {
        await this.mounts.clear(targetPath, "remove");
    }

    usage(path: string) {
        return this.mounts.usage(path);
    }

    /** @throws CsiError as kubelet shows what `mount` says, with the command before it. */
    private refuseOrSort(server: string, path: string, source: string, target: string, flags: readonly string[]) {
        const fail = (output: string): never => {
            const list = flags.length > 0 ? ` -o ${flags.join(",")}` : "";
            throw new CsiError(
                "INTERNAL",
                `mount failed: exit status 32\nMounting command: mount\nMounting arguments: -t nfs${list} ${source} ${target}\nOutput: ${output}`,
            );
        };
        if (!this.guest.packages.has("nfs-common")) return fail(noNfsClient(source));
        try {
            const fault = shareFault(GUEST_PATHS.nas, server, path, (folder) => existsSync(this.guest.path(folder)));
            return fault === undefined ? bindOptions(flags) : fail(fault);
        } catch (error) {
            if (error instanceof CsiError) throw error;
            return fail(reasonOf(error));
        }
    }

    /** Not where the mode is right already: on a read-only mount that would be an error. */
    private async giveMode(mode: string, target: string): Promise<void> {
        const wanted = Number.parseInt(mode, 8).toString(8);
        const now = (await this.guest.run("/usr/bin/stat", ["-c", "%a", target])).trim();
        if (now !== wanted) await this.guest.run("/bin/chmod", [wanted, target]);
    }
}

/** The driver reads its attributes without regard to case. */
function lowerCased(attributes: Readonly<Record<string, string>>) {
    const values = new Map(Object.entries(attributes).map(([name, value]) => [name.toLowerCase(), value]));
    return {
        server: values.get("server"),
        share: values.get("share"),
        subDir: values.get("subdir"),
        mountPermissions: values.get("mountpermissions"),
    };
}
