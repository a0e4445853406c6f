import { z } from "zod";
import { field, text } from "./field";

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const labelRule = "names become host names: lower-case letters, digits and hyphens, at most 63";

/** A DNS label (RFC 1123): the name of a host, a machine, a cluster. */
export function name(meaning: string) {
    return text(label, meaning, { is: "a name", rule: labelRule, write: proposeLabel });
}

/** A name that may have dots, such as the cloud gives to a node: `ip-10-0-1-7.eu-west-1.compute.internal`. */
export function nodeName(meaning: string, words: { is: string; write: string }) {
    return text(/^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/, meaning, {
        ...words,
        rule: "lower-case letters, digits, hyphens and dots, at most 63, so that it fits into a label",
    });
}

function proposeLabel(value: unknown): string {
    const proposal = (typeof value === "string" ? value : "")
        .toLowerCase()
        .replace(/[^a-z0-9-]+/g, "-")
        .replace(/^-+|-+$/g, "")
        .slice(0, 63)
        .replace(/-+$/, "");
    return `write a name like ${label.test(proposal) ? proposal : "pve-1"}`;
}

/** Whether `value` is a DNS name of at least `labels` labels (RFC 1123, at most 253 characters). */
function isDomain(value: string, labels: number): boolean {
    const parts = value.split(".");
    return value.length <= 253 && parts.length >= labels && parts.every((part) => label.test(part));
}

/**
 * A domain that the house may answer for. Names below `.local` belong to multicast DNS (RFC 6762): clients never ask a
 * DNS server for them, so they are refused here and not found out in the living room.
 */
export function domain(meaning: string) {
    const schema = z.string().refine((value) => isDomain(value, 2) && !value.endsWith(".local"));
    return field(schema, meaning, {
        is: "a domain that the house can serve",
        rule: "two lower-case labels or more, and not below .local, which belongs to multicast DNS",
        write: "write your own domain, or a name below home.arpa, which is free for every house",
    });
}

/** A name in a server's certificate. */
export function serverName(meaning: string) {
    return field(
        // An address is no name, though its parts look like labels.
        z.string().refine((value) => isDomain(value, 2) && !/^[\d.]+$/.test(value)),
        meaning,
        {
            is: "the name of a server",
            rule: "a certificate is for a full name of two lower-case labels or more",
            write: "write one like dns.quad9.net",
        },
    );
}

/** A full host name, such as an ingress serves. */
export function hostName(meaning: string) {
    return field(
        z.string().refine((value) => isDomain(value, 3)),
        meaning,
        {
            is: "a host name",
            rule: "a host name has three lower-case labels or more",
            write: "write one like jellyfin.home.example.org",
        },
    );
}
