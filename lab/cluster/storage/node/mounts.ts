import type { RealGuest } from "../../real/guest";

/** Space and files of a mounted file system. */
export interface MountUsage {
    readonly bytes: { readonly total: number; readonly available: number; readonly used: number };
    readonly inodes: { readonly total: number; readonly available: number; readonly used: number };
}

/** Mounts in a machine, made by its own programs. */
export class GuestMounts {
    constructor(private readonly guest: RealGuest) {}

    async isMounted(path: string): Promise<boolean> {
        const table = await this.guest.run("/bin/cat", ["/proc/self/mountinfo"]);
        return table.split("\n").some((line) => unescaped(line.split(" ")[4] ?? "") === path);
    }

    async makeFolder(path: string): Promise<void> {
        await this.guest.run("/bin/mkdir", ["-p", path]);
    }

    /** @param options of `mount`, for example `ro`. */
    async bind(source: string, target: string, options: readonly string[]): Promise<void> {
        await this.guest.run("/bin/mount", ["-o", ["bind", ...options].join(","), source, target]);
    }

    async mountImage(file: string, target: string, fsType: string, options: readonly string[]): Promise<void> {
        await this.guest.run("/bin/mount", ["-t", fsType, "-o", ["loop", ...options].join(","), file, target]);
    }

    /** Unmounts whatever is there, also several times over, and removes the folder: kubelet wants it gone. */
    async clear(path: string, folder: "remove" | "keep"): Promise<void> {
        while (await this.isMounted(path)) await this.guest.run("/bin/umount", [path]);
        if (folder === "remove") await this.guest.run("/bin/sh", ["-c", '[ ! -d "$1" ] || rmdir "$1"', "sh", path]);
    }

    async usage(path: string): Promise<MountUsage> {
        const numbers = (await this.guest.run("/usr/bin/stat", ["-f", "-c", "%S %b %f %a %c %d", path])).trim();
        const [size = 0, blocks = 0, free = 0, available = 0, files = 0, freeFiles = 0] = numbers
            .split(" ")
            .map(Number);
        return {
            bytes: { total: size * blocks, available: size * available, used: size * (blocks - free) },
            inodes: { total: files, available: freeFiles, used: files - freeFiles },
        };
    }
}

/** The mount table writes blanks and the like as octal numbers. */
function unescaped(path: string): string {
    return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
