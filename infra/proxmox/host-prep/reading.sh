# A host without a GPU or in a house without a UPS does not need all of these.
# shellcheck disable=SC2317,SC2329

# A program of the host: run NAME ARGUMENT...
run() {
    "$root/usr/bin/env" -- "$@"
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

installed() {
    run dpkg-query --show --showformat='${Status}\n' "$1" 2>/dev/null | grep -q '^install ok installed$'
}

# What the host says of a GPU beside what the configuration says. gpu PATH ID SUBSYSTEM GROUP DRIVER...
gpu() {
    local device="$root/sys/bus/pci/devices/$1" id subsystem group other driver
    if [ ! -d "$device" ]; then
        echo "hint: hosts[].gpu.path of $host is $1, and there is no such device; look at: pvesh get /nodes/$host/hardware/pci"
        return 0
    fi
    id="$(hex "$device/vendor"):$(hex "$device/device")"
    subsystem="$(hex "$device/subsystem_vendor"):$(hex "$device/subsystem_device")"
    if [ "$id" != "$2" ]; then echo "hint: hosts[].gpu.id of $host is $2, the device is $id"; fi
    if [ "$subsystem" != "$3" ]; then echo "hint: hosts[].gpu.subsystemId of $host is $3, the device has $subsystem"; fi
    if [ -e "$device/iommu_group" ]; then
        group="$(basename "$(readlink "$device/iommu_group")")"
        if [ "$group" != "$4" ]; then echo "hint: hosts[].gpu.iommuGroup of $host is $4, the device is in $group"; fi
        for other in "$device/iommu_group/devices/"*; do
            if [ -e "$other" ] && [ "$(basename "$other")" != "$1" ]; then
                echo "hint: $(basename "$other") is in the GPU's IOMMU group and would be taken from the host with it"
            fi
        done
    else
        echo "hint: the GPU is in no IOMMU group yet"
    fi
    if [ -e "$device/driver" ]; then
        driver="$(basename "$(readlink "$device/driver")")"
        if [ "$driver" != vfio-pci ]; then echo "hint: the host's driver $driver still holds the GPU; it lets go at the next reboot"; fi
    fi
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
