/**
 * Packages that the lab's Debian knows: those that a k3s node may sensibly ask for.
 * `apt-get install` fails as a whole when one name is unknown.
 */
const KNOWN_PACKAGES = new Set([
    "apparmor", "bash", "ca-certificates", "chrony", "cloud-guest-utils", "cryptsetup", "curl", "dmsetup", "e2fsprogs",
    "firmware-intel-graphics", "firmware-misc-nonfree", "gnupg", "htop", "intel-gpu-tools", "intel-media-va-driver-non-free",
    "iproute2", "iptables", "jq", "lsof", "multipath-tools", "nfs-common", "nftables", "nut-client", "open-iscsi",
    "qemu-guest-agent", "rsync", "sudo", "systemd-resolved", "tcpdump", "unattended-upgrades", "util-linux", "vainfo", "vim", "wireguard-tools", "xfsprogs",
]); // prettier-ignore

/** Gives the names that no repository of the lab's Debian has. */
export function unknownPackages(names: readonly string[]): string[] {
    return names.filter((name) => !KNOWN_PACKAGES.has(name.replace(/[=/].*$/, "")));
}
