/** Options that `nfs(5)` knows; those with `=` take a value. */
const KNOWN = new Set([
    ..."hard soft softerr softreval intr nointr fg bg tcp udp ac noac cto nocto acl noacl rdirplus nordirplus lock nolock".split(
        " ",
    ),
    ..."sharecache nosharecache resvport noresvport migration nomigration fsc nofsc posix noposix v3 v4 v4.0 v4.1 v4.2".split(
        " ",
    ),
    ..."nfsvers= vers= minorversion= timeo= retrans= retry= rsize= wsize= acregmin= acregmax= acdirmin= acdirmax= actimeo=".split(
        " ",
    ),
    ..."nconnect= max_connect= port= proto= mountport= mountproto= mountvers= mounthost= sec= lookupcache= local_lock=".split(
        " ",
    ),
    ..."clientaddr= namlen= fsc= xprtsec= trunkdiscovery notrunkdiscovery write= rdirplus=".split(" "),
]);

/** Options of every mount, which a bind mount honours too. */
const GENERIC = new Set("ro rw noatime nodiratime relatime strictatime nosuid nodev noexec sync async".split(" "));
const VERSIONS = new Set(["3", "4", "4.0", "4.1", "4.2"]);
const MAX_CONNECTIONS = 16;

/**
 * Sorts mount options as `mount.nfs` does.
 * @returns those that a bind mount honours.
 * @throws Error in the words of `mount.nfs`.
 */
export function bindOptions(options: readonly string[]): string[] {
    for (const option of options) {
        const [name = "", value] = option.split("=");
        if (GENERIC.has(option)) continue;
        if (!KNOWN.has(value === undefined ? name : `${name}=`))
            throw new Error(`mount.nfs: an incorrect mount option was specified (${option})`);
        if ((name === "nfsvers" || name === "vers") && !VERSIONS.has(value ?? ""))
            throw new Error(`mount.nfs: Protocol not supported (${option})`);
        if (name === "nconnect" && !(Number(value) >= 1 && Number(value) <= MAX_CONNECTIONS))
            throw new Error(`mount.nfs: an incorrect mount option was specified (${option})`);
    }
    return options.filter((option) => GENERIC.has(option) && option !== "sync" && option !== "async");
}
