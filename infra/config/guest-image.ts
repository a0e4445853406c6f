import { url } from "./addressing";
import { choice, group, text } from "./field";

/** The disk image that every machine boots from. */
export const guestImageSchema = group("The cloud image that every machine's disk is made from.", {
    url: url("Where each Proxmox host downloads the image from; a dated build, so that it never changes.", {
        schemes: ["https"],
        only: (parsed) => /\.(qcow2|img)$/.test(parsed.pathname),
        is: "the address of a disk image",
        rule: "https, a file that ends in .qcow2 or .img",
        write: "write one like https://cloud.debian.org/images/cloud/trixie/<date>/debian-13-generic-amd64-<date>.qcow2",
    }),
    checksum: text(/^([0-9a-f]{64}|[0-9a-f]{128})$/, "Checksum of the file, from SHA512SUMS or SHA256SUMS beside it.", {
        is: "a checksum",
        rule: "128 (SHA-512) or 64 (SHA-256) lower-case hexadecimal digits",
        write: "copy it from the SHA512SUMS file in the image's own folder",
    }),
    checksumAlgorithm: choice(
        ["sha512", "sha256"],
        "What the checksum is made with. Default: sha512, as Debian publishes it.",
        "Proxmox verifies the download",
    ).default("sha512"),
});
