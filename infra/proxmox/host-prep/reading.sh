# A host without a GPU or in a house without a UPS does not need all of these.
# shellcheck disable=SC2317,SC2329

# A program of the host: run NAME ARGUMENT...
run() {
    "$root/usr/bin/env" -- "$@"
}

# A file that is there from the first change of a kind of files until the host has read them all. unfinished boot|ups
unfinished() {
    printf '%s' "$root/var/lib/homelab/host-prep-$1-unfinished"
}

# Content types of a datastore, from Proxmox' own file; nothing where there is no such datastore. Without a line of its own a
# datastore has disks of machines and containers.
datastore_content() {
    awk -v name="$1" '
        /^[a-z]/ { here = ($2 == name); if (here) content = "images,rootdir" }
        here && $1 == "content" { content = $2 }
        END { print content }
    ' "$root/etc/pve/storage.cfg"
}

# Folder of a datastore's snippets. What has no path of its own is a share, which Proxmox mounts below /mnt/pve.
snippets_folder() {
    awk -v name="$1" '
        /^[a-z]/ { here = ($2 == name); if (here) path = "/mnt/pve/" name }
        here && $1 == "path" { path = $2 }
        END { print path "/snippets" }
    ' "$root/etc/pve/storage.cfg"
}

# Who looks into the folder of snippets beside root: the group of a user that copies them there, because the provider opens what it
# has copied without sudo. Nobody (root) where the user is root, or not there. snippets_group USER
snippets_group() {
    local group=""
    if [ "$1" != root ]; then group="$(run id -gn "$1" 2>/dev/null)" || true; fi
    printf '%s' "${group:-root}"
}

# Mode and owner of the folder of snippets. snippets_access GROUP
snippets_access() {
    if [ "$1" = root ]; then printf '700 root:root'; else printf '750 root:%s' "$1"; fi
}

# has_access PATH ACCESS
has_access() {
    local found
    found="$(stat -c '%a %U:%G' "$1" 2>/dev/null)" || return 1
    # Below another root neither users nor groups are the host's.
    if [ -z "$root" ]; then [ "$found" = "$2" ]; else [ "${found%% *}" = "${2%% *}" ]; fi
}

# A user of its own that copies snippets must be there to see them. snippets_user USER GROUP
snippets_user() {
    if [ "$1" != root ] && [ "$2" = root ]; then
        wrong "proxmox.sshUsername is $1, and there is no such user on $host, so that nobody could copy snippets; make it, then run this again"
    fi
}

installed() {
    run dpkg-query --show --showformat='${Status}\n' "$1" 2>/dev/null | grep -q '^install ok installed$'
}

# What the host says of a GPU beside what the configuration says: the machine starts only where they are equal. A path without a
# function is a whole card, of which the first function has the words. gpu PATH ID SUBSYSTEM GROUP
gpu() {
    local devices="$root/sys/bus/pci/devices" device id subsystem group other part driver
    case "$1" in
    *.*) device="$devices/$1" ;;
    *) device="$devices/$1.0" ;;
    esac
    if [ ! -d "$device" ]; then
        wrong "hosts[].gpu.path of $host is $1, and there is no such device; look at: pvesh get /nodes/$host/hardware/pci"
        return 0
    fi
    id="$(hex "$device/vendor"):$(hex "$device/device")"
    subsystem="$(hex "$device/subsystem_vendor"):$(hex "$device/subsystem_device")"
    if [ "$id" != "$2" ]; then wrong "hosts[].gpu.id of $host is $2, the device is $id"; fi
    if [ "$subsystem" != "$3" ]; then wrong "hosts[].gpu.subsystemId of $host is $3, the device has $subsystem"; fi
    if [ -e "$device/iommu_group" ]; then
        group="$(basename "$(readlink "$device/iommu_group")")"
        if [ "$group" != "$4" ]; then wrong "hosts[].gpu.iommuGroup of $host is $4, the device is in $group"; fi
        for other in "$device/iommu_group/devices/"*; do
            if [ -e "$other" ]; then companion "$1" "$(basename "$other")"; fi
        done
    else
        wrong "the GPU is in no IOMMU group yet"
    fi
    for part in "$devices/$1"*; do
        [ -e "$part/driver" ] || continue
        driver="$(basename "$(readlink "$part/driver")")"
        if [ "$driver" != vfio-pci ]; then
            wrong "the host's driver $driver still holds $(basename "$part"); it lets go at the reboot after the preparation"
        fi
    done
}

# A device of the GPU's IOMMU group. companion GPU OTHER
companion() {
    case "$2" in
    "$1" | "$1".*) return 0 ;;
    "${1%.*}".*)
        wrong "$2 is of the same card and in the GPU's IOMMU group; write hosts[].gpu.path of $host without its function: ${1%.*}"
        return 0
        ;;
    esac
    case "$(cat "$root/sys/bus/pci/devices/$2/class" 2>/dev/null)" in
    # A bridge stays with the host, and VFIO allows it.
    0x0604*) ;;
    *) wrong "$2 is in the GPU's IOMMU group and would be taken from the host with it" ;;
    esac
}

# Ids of all functions of a card, or the one of the configuration where the card is not there. card_ids PATH ID
card_ids() {
    local part ids=""
    for part in "$root/sys/bus/pci/devices/$1."*; do
        [ -e "$part" ] || continue
        ids="$ids${ids:+,}$(hex "$part/vendor"):$(hex "$part/device")"
    done
    printf '%s' "${ids:-$2}"
}

hex() {
    sed 's/^0x//' "$1"
}

# The password of the NUT server, in characters that NUT's client can send.
nut_password() {
    local password
    password="$(cat "$1")"
    case "$password" in
    "" | *[!A-Za-z0-9._~-]*)
        echo "$1 has characters that NUT's protocol does not carry; letters, digits and . _ ~ - are safe" >&2
        return 1
        ;;
    esac
    printf '%s' "$password"
}

if [ -z "$root" ]; then
    if [ "$(id -u)" != 0 ]; then
        echo "This runs as root on $host." >&2
        exit 1
    fi
    if [ "$(hostname)" != "$host" ]; then
        echo "This is $(hostname); the script is for $host." >&2
        exit 1
    fi
fi
