import { z } from "zod";
import ipaddr from "ipaddr.js";
import { count, field } from "./field";

/** One IPv4 address, four decimal parts. */
export function ipv4(meaning: string) {
    return field(
        z.string().refine((value) => ipaddr.IPv4.isValidFourPartDecimal(value)),
        meaning,
        {
            is: "an IPv4 address",
            rule: "machines and hosts are reached by address, so that the house starts without DNS",
            write: "write four numbers from 0 to 255 like 192.168.20.11",
        },
    );
}

/** An IPv4 network in CIDR notation, written by its first address. */
export function cidr(meaning: string) {
    return field(z.string().refine(isNetwork), meaning, {
        is: "an IPv4 network",
        rule: "a network is its first address and a prefix length from 8 to 30",
        write: proposeNetwork,
    });
}

function isNetwork(value: string): boolean {
    return isCidr(value) && ipaddr.IPv4.networkAddressFromCIDR(value).toString() === value.split("/")[0];
}

function isCidr(value: string): boolean {
    if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(value)) {
        return false;
    }
    const [, prefix] = ipaddr.IPv4.parseCIDR(value);
    return prefix >= 8 && prefix <= 30;
}

function proposeNetwork(value: unknown): string {
    if (typeof value !== "string" || !isCidr(value)) {
        return "write one like 192.168.20.0/24";
    }
    const [, prefix] = ipaddr.IPv4.parseCIDR(value);
    return `write ${ipaddr.IPv4.networkAddressFromCIDR(value).toString()}/${prefix}`;
}

/** A range of IPv4 addresses, the first and the last of them; both belong to it. */
export function addressRange(meaning: string) {
    return field(z.string().refine(isRange), meaning, {
        is: "a range of addresses",
        rule: "a range is its first and its last IPv4 address, with a hyphen between them and no space",
        write: "write one like 192.168.20.240-192.168.20.250",
    });
}

function isRange(value: string): boolean {
    const ends = value.split("-");
    if (ends.length !== 2 || !ends.every((end) => ipaddr.IPv4.isValidFourPartDecimal(end))) {
        return false;
    }
    const [first = 0, last = 0] = ends.map(addressNumber);
    return first <= last;
}

/** An IPv4 address as the number that it is, so that addresses can be compared. */
export function addressNumber(address: string): number {
    return ipaddr.IPv4.parse(address).octets.reduce((sum, octet) => sum * 256 + octet, 0);
}

/** The address that a number is; the inverse of {@link addressNumber}. */
export function toAddress(value: number): string {
    return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

/** First and last address of a range; both belong to it. */
export function rangeEnds(range: string): { readonly first: string; readonly last: string } {
    const [first = "", last = ""] = range.split("-");
    return { first, last };
}

/** A TCP port. */
export function port(meaning: string) {
    return count(meaning, { min: 1, max: 65535, rule: "TCP ports are 16 bits wide" });
}

/** An IEEE 802.1Q VLAN tag. */
export function vlan(meaning: string) {
    return count(meaning, { min: 1, max: 4094, rule: "802.1Q has 4094 VLANs" });
}

/** A URL of one of the given schemes, without user and password. */
export function url(
    meaning: string,
    words: { schemes: readonly string[]; is: string; rule: string; write: string; only?: (url: URL) => boolean },
) {
    const only = words.only ?? (() => true);
    const schema = z.string().refine((value) => {
        const parsed = URL.canParse(value) ? new URL(value) : undefined;
        return (
            parsed !== undefined &&
            words.schemes.includes(parsed.protocol.replace(":", "")) &&
            parsed.username === "" &&
            parsed.password === "" &&
            only(parsed)
        );
    });
    return field(schema, meaning, { is: words.is, rule: words.rule, write: words.write });
}
