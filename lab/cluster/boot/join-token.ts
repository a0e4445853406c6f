import { createHash, X509Certificate } from "node:crypto";
import { certificatesOf } from "../../pki/certificate";

/** A k3s join token: `K10<hash of the CA>::<user>:<password>`, or the password alone. */
export interface JoinToken {
    /** SHA-256 that the cluster's CA must have, lower-case hexadecimal; `undefined` in the short form. */
    readonly caHash: string | undefined;
    readonly user: string;
    readonly password: string;
}

/** @throws Error for a token that starts like the full form but is not. */
export function parseJoinToken(text: string): JoinToken {
    if (!text.startsWith("K10")) return { caHash: undefined, user: "", password: text };
    const [, caHash, user, password] = /^K10([0-9a-f]{64})::([^:]+):(.+)$/.exec(text) ?? [];
    if (caHash === undefined || user === undefined || password === undefined)
        throw new Error(
            "failed to normalize token; must be in format K10<CA-HASH>::<USERNAME>:<PASSWORD> or <PASSWORD>",
        );
    return { caHash, user, password };
}

/**
 * Hash of a CA bundle as k3s computes it (`pkg/clientaccess/token.go`): of a bundle with a root the root's DER
 * bytes, of a single certificate the PEM bytes of the file.
 */
export function caBundleHash(bundle: string): string {
    const certificates = certificatesOf(bundle);
    const last = certificates.at(-1);
    if (certificates.length > 1 && last)
        return createHash("sha256").update(new X509Certificate(last).raw).digest("hex");
    return createHash("sha256").update(bundle).digest("hex");
}
