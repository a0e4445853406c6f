/** Where the container of the preflight sees what it tries; the script reads no other place. */
export const PREFLIGHT_PLACES = {
    /** A claim on the NAS; empty where there is none to try. */
    FILES: "/try/files",
    /** A block volume; empty where there is none to try. */
    BLOCK: "/try/block",
    /** A folder on the node's own disk. */
    DISK: "/try/disk",
    /** The message with which a container ended, for whoever reads its pod. */
    REPORT: "/dev/termination-log",
} as const;

/**
 * What the preflight of a node runs, as a user without rights. `NODE` names the node, `NAS` the share (`server:/path`), and
 * `MIN_FREE_MIB` is what the node's disk must have free. The first thing that fails is told in one line: what, why, cure.
 */
export const PREFLIGHT_SCRIPT = String.raw`set -u
LC_ALL=C
export LC_ALL
tell() {
    printf '%s\n' "$1"
    printf '%s\n' "$1" >"$REPORT"
}
fail() {
    tell "node $NODE: $1"
    exit 1
}
# What a program said, on one line.
in_a_line() {
    printf '%s' "$(printf '%s' "$1" | grep -v 'records in\|records out\|copied')" | tr -s '\t\n' ' '
}
# Each node has a name of its own: all of them try the same share at the same time.
try_writing() {
    file=$2/preflight-$NODE
    said=$(rm -f "$file" "$file-link" 2>&1) || fail "$1 cannot be written: $(in_a_line "$said"); $3"
    said=$(dd if=/dev/urandom of="$file" bs=65536 count=16 conv=fsync 2>&1) || {
        rm -f "$file" 2>/dev/null
        fail "$1 cannot be written: $(in_a_line "$said"); $3"
    }
    read=$(wc -c <"$file")
    [ "$read" = 1048576 ] || fail "$1 gave back $read bytes of 1048576 that were written; $3"
}
try_link() {
    said=$(ln "$file" "$file-link" 2>&1)
    [ "$(stat -c %h "$file")" = 2 ] || fail "$1 has no hard links: $(in_a_line "$said"); $2"
}
try_deleting() {
    said=$(rm "$file" 2>&1 && { [ ! -e "$file-link" ] || rm "$file-link" 2>&1; }) ||
        fail "$1 lets nothing be deleted: $(in_a_line "$said"); $2"
}

proved=
if [ -n "$FILES" ]; then
    share="the share $NAS"
    rights="the export must be rw for the nodes and keep root (no_root_squash), and have room"
    try_writing "$share" "$FILES" "$rights"
    try_link "$share" "export one file system of the NAS, no union of several and no share of another kind: an import would be a copy"
    try_deleting "$share" "$rights"
    proved="wrote, linked and deleted on $NAS; "
fi
if [ -n "$BLOCK" ]; then
    cure="see the volume in Longhorn, and iscsid and the kernel's words on the node"
    try_writing "a block volume" "$BLOCK" "$cure"
    try_deleting "a block volume" "$cure"
    proved=$proved"wrote and deleted on a block volume; "
fi
free=$(df -Pm "$DISK" | awk 'NR == 2 { print $4 }')
all=$(df -Pm "$DISK" | awk 'NR == 2 { print $2 }')
[ "$free" -ge "$MIN_FREE_MIB" ] || fail "$free MiB of $all MiB are free on its disk, and images and volumes need $MIN_FREE_MIB; make its disk larger, or clear it (k3s crictl rmi --prune)"
tell "node $NODE: $proved$free MiB of $all MiB are free on its disk"
`;
