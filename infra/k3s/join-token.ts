import { createHash, X509Certificate } from "node:crypto";

/** What a machine joins as: servers also get the cluster's keys. */
export type JoinAs = "server" | "node";

/**
 * The full form of a k3s join token. It names the root certificate, so that a joining machine talks to this cluster or
 * to nobody (`k3s-io/k3s:pkg/clientaccess/token.go`: SHA-256 of the root's DER bytes, for a bundle that ends in a root).
 *
 * @param rootPem the root certificate alone
 */
export function joinToken(rootPem: string, joinAs: JoinAs, password: string): string {
    const hash = createHash("sha256").update(new X509Certificate(rootPem).raw).digest("hex");
    return `K10${hash}::${joinAs}:${password}`;
}
