/**
 * The domains of the names that belong to the addresses of a network: `20.168.192.in-addr.arpa` for `192.168.20.0/24`.
 * Such domains exist for whole octets only, so other networks are several of them, or share the one that is given.
 *
 * @param cidr an IPv4 network by its first address
 */
export function reverseZones(cidr: string): string[] {
    const [address = "", prefixText = ""] = cidr.split("/");
    const prefix = Number(prefixText);
    // A network that is smaller than a /24 has no domain of its own.
    const octets = Math.min(3, Math.ceil(prefix / 8));
    const parts = address.split(".").slice(0, octets).map(Number);
    const last = parts.at(-1) ?? 0;
    const count = Math.max(1, 2 ** (octets * 8 - prefix));
    return Array.from({ length: count }, (_, index) =>
        [...parts.slice(0, -1), last + index].reverse().join(".").concat(".in-addr.arpa"),
    );
}
