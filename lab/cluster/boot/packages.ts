/** Components of Debian's archive beside `main`, which is the only one that apt knows in a cloud image. */
const FURTHER_COMPONENTS = ["non-free", "non-free-firmware"] as const;

export type FurtherComponent = (typeof FURTHER_COMPONENTS)[number];

/**
 * Packages that the lab's Debian knows, by component: those that a k3s node may sensibly ask for.
 * `apt-get install` fails as a whole when one name is unknown.
 */
const KNOWN_PACKAGES: Readonly<Record<"main" | FurtherComponent, readonly string[]>> = {
    main: [
        "apparmor", "bash", "ca-certificates", "chrony", "cloud-guest-utils", "cryptsetup", "curl", "dmsetup", "e2fsprogs", "gnupg",
        "htop", "intel-gpu-tools", "iproute2", "iptables", "jq", "lsof", "multipath-tools", "nfs-common", "nftables", "nut-client",
        "open-iscsi", "qemu-guest-agent", "rsync", "sudo", "systemd-resolved", "tcpdump", "unattended-upgrades", "util-linux",
        "vainfo", "vim", "wireguard-tools", "xfsprogs",
    ],
    "non-free": ["intel-media-va-driver-non-free"],
    "non-free-firmware": ["firmware-amd-graphics", "firmware-intel-graphics", "firmware-misc-nonfree"],
}; // prettier-ignore

/** Gives the names that no repository of the lab's Debian has. @param components those that apt knows beside `main` */
export function unknownPackages(names: readonly string[], components: readonly FurtherComponent[] = []): string[] {
    const known = new Set((["main", ...components] as const).flatMap((component) => KNOWN_PACKAGES[component]));
    return names.filter((name) => !known.has(name.replace(/[=/].*$/, "")));
}

/** The components that a text names as words of their own, such as a source of apt or a command that writes one. */
export function componentsNamedIn(text: string): FurtherComponent[] {
    return FURTHER_COMPONENTS.filter((component) => new RegExp(`(?<![\\w-])${component}(?![\\w-])`).test(text));
}
