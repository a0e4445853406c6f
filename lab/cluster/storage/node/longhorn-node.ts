import { GUEST_PATHS, type RealGuest } from "../../real/guest";
import { DRIVERS } from "../annotations";
import { GuestMounts } from "./mounts";
import { CsiError, type NodeDriver, type VolumeRequest } from "./node-driver";

/**
 * Longhorn's part on a node: each volume is a file that the machine mounts as a file system of its own size. It does not
 * grow: for that the kernel asks for a right (CAP_SYS_RESOURCE) that a lab seldom has.
 */
export class LonghornNode implements NodeDriver {
    readonly name = DRIVERS.longhorn;
    readonly version = "v1.12.1";
    readonly capabilities = ["STAGE_UNSTAGE_VOLUME", "GET_VOLUME_STATS"] as const;
    private readonly mounts: GuestMounts;

    constructor(private readonly guest: RealGuest) {
        this.mounts = new GuestMounts(guest);
    }

    async stage(volume: VolumeRequest, stagingPath: string): Promise<void> {
        if (volume.block)
            throw new CsiError("UNIMPLEMENTED", `volume ${volume.handle}: the lab gives no block devices`);
        if (volume.shared)
            throw new CsiError(
                "UNIMPLEMENTED",
                `volume ${volume.handle}: the lab has no share manager for ReadWriteMany`,
            );
        const file = imageOf(volume.handle);
        if (!(await this.guest.run("/bin/ls", [GUEST_PATHS.blockVolumes])).split("\n").includes(`${volume.handle}.img`))
            throw new CsiError("NOT_FOUND", `volume ${volume.handle} not found`);
        if (await this.mounts.isMounted(stagingPath)) return;
        await this.refuseWhileInUse(volume.handle, file);
        const fsType = volume.fsType || "ext4";
        await this.formatAtFirstUse(file, fsType);
        await this.mounts.makeFolder(stagingPath);
        await this.mounts.mountImage(file, stagingPath, fsType, volume.mountFlags);
        this.guest.console(`longhorn: mounted ${volume.handle} (${fsType})`);
    }

    async unstage(_handle: string, stagingPath: string): Promise<void> {
        await this.mounts.clear(stagingPath, "keep");
    }

    async publish(volume: VolumeRequest, stagingPath: string, targetPath: string, readOnly: boolean): Promise<void> {
        if (await this.mounts.isMounted(targetPath)) return;
        if (!(await this.mounts.isMounted(stagingPath)))
            throw new CsiError("INVALID_ARGUMENT", `volume ${volume.handle} is not staged at ${stagingPath}`);
        await this.mounts.makeFolder(targetPath);
        await this.mounts.bind(stagingPath, targetPath, readOnly ? ["ro"] : []);
    }

    async unpublish(_handle: string, targetPath: string): Promise<void> {
        await this.mounts.clear(targetPath, "remove");
    }

    usage(path: string) {
        return this.mounts.usage(path);
    }

    /** Two kernels, or here two mounts, that write to one file system destroy it: the device of the other tells. */
    private async refuseWhileInUse(handle: string, file: string): Promise<void> {
        const device = await this.deviceOf(file);
        if (device === undefined) return;
        throw new CsiError("ABORTED", `volume ${handle} is not ready for workloads: it is still in use at ${device}`);
    }

    private async deviceOf(file: string): Promise<string | undefined> {
        const devices = await this.guest.run("/sbin/losetup", [
            "--associated",
            file,
            "--noheadings",
            "--output",
            "NAME",
        ]);
        return devices.trim().split("\n")[0] || undefined;
    }

    /** As Longhorn does: what has no file system yet gets one, without room that is root's alone. */
    private async formatAtFirstUse(file: string, fsType: string): Promise<void> {
        // blkid ends with 2 where it finds nothing.
        const probe = '/sbin/blkid -p -o value -s TYPE "$1" || [ $? = 2 ]';
        const found = (await this.guest.run("/bin/sh", ["-c", probe, "sh", file])).trim();
        if (found === fsType) return;
        if (found !== "") throw new CsiError("INTERNAL", `${file} has a file system ${found}, not ${fsType}`);
        const lazy = "lazy_itable_init=1,lazy_journal_init=1,nodiscard";
        const options = fsType.startsWith("ext") ? ["-q", "-F", "-m", "0", "-E", lazy] : [];
        await this.guest.run(`/sbin/mkfs.${fsType}`, [...options, file]);
    }
}

function imageOf(handle: string): string {
    return `${GUEST_PATHS.blockVolumes}/${handle}.img`;
}
