import { X509Certificate } from "node:crypto";
import {
    createAuthority,
    firstCertificate,
    issueCertificate,
    issueSelfSigned,
    type KeyPair,
} from "../../pki/certificate";
import { decoded, type Signer } from "./issuers";
import type { CertificateObject, SecretObject } from "./objects";

/** Days, cert-manager's own. */
const VALID_DAYS = 90;

/** A certificate with the one that a visitor has to trust, PEM. */
export interface Issued extends KeyPair {
    readonly authority: string;
}

/** Makes what a Certificate asks for. */
export async function issue({ spec }: CertificateObject, by: NonNullable<Signer["authority"]>): Promise<Issued> {
    const commonName = spec.commonName ?? spec.dnsNames?.[0] ?? spec.secretName;
    const request = {
        commonName,
        ...(spec.dnsNames && { dnsNames: spec.dnsNames }),
        ...(spec.ipAddresses && { ipAddresses: spec.ipAddresses }),
        usages: spec.usages?.includes("client auth") === true ? (["client"] as const) : (["server"] as const),
        validityDays: VALID_DAYS,
    };
    if (by === "self") {
        const own = await (spec.isCA === true ? createAuthority(commonName, VALID_DAYS) : issueSelfSigned(request));
        return { ...own, authority: own.certificate };
    }
    const made = await issueCertificate(by, request);
    return { ...made, authority: firstCertificate(by.certificate) };
}

/**
 * Whether a secret holds what a Certificate asks for: these names, signed by this authority, and more than a third of its
 * time left, which is when cert-manager renews.
 */
export function isGood(
    secret: SecretObject | undefined,
    { spec }: CertificateObject,
    by: NonNullable<Signer["authority"]>,
    now = Date.now(),
): boolean {
    const text = decoded(secret, "tls.crt");
    if (text === "" || decoded(secret, "tls.key") === "") return false;
    const certificate = new X509Certificate(firstCertificate(text));
    const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
    if (now > to - (to - from) / 3) return false;
    if (by === "self" && spec.isCA === true) return certificate.ca;
    const names = [
        ...(spec.dnsNames ?? []).map((name) => `DNS:${name}`),
        ...(spec.ipAddresses ?? []).map((address) => `IP Address:${address}`),
    ];
    const has = certificate.subjectAltName?.split(", ") ?? [];
    const same = names.length === has.length && names.every((name) => has.includes(name));
    const signer = by === "self" ? certificate : new X509Certificate(firstCertificate(by.certificate));
    return same && certificate.verify(signer.publicKey);
}

/** Until when the certificate of a secret is valid, ISO 8601. */
export function endOf(secret: SecretObject): string {
    const { validTo } = new X509Certificate(firstCertificate(decoded(secret, "tls.crt")));
    return new Date(validTo).toISOString().replace(/\.\d+Z$/, "Z");
}
