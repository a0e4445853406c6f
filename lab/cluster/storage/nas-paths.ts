import { join, posix } from "node:path";

/**
 * Folder of a share below the folder of all NAS.
 * @param nas the folder of all NAS, in the lab or in a machine.
 * @throws Error where the path leads out of the share.
 */
export function sharePath(nas: string, server: string, share: string, subDir = ""): string {
    for (const part of [server, share, subDir])
        if (part.split("/").includes("..")) throw new Error(`invalid path ${part} (a path must not contain "..")`);
    return join(nas, server, share, subDir);
}

/** `server:/export/sub`, as `mount` is told. */
export function shareSource(server: string, share: string, subDir = ""): string {
    return `${server}:${posix.join("/", share, subDir)}`;
}

/** What `mount -t nfs` says where the machine has no `mount.nfs`. */
export function noNfsClient(source: string): string {
    return (
        `mount: ${source}: bad option; for several filesystems (e.g. nfs, cifs) ` +
        "you might need a /sbin/mount.<type> helper program."
    );
}

/** What `mount.nfs` says of a share that it does not get; `undefined` where server and path exist. */
export function shareFault(
    nas: string,
    server: string,
    path: string,
    exists: (folder: string) => boolean,
): string | undefined {
    if (!exists(sharePath(nas, server, ""))) return `mount.nfs: No route to host for ${shareSource(server, path)}`;
    if (exists(sharePath(nas, server, path))) return undefined;
    return `mount.nfs: mounting ${shareSource(server, path)} failed, reason given by server: No such file or directory`;
}
