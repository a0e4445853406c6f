import "reflect-metadata";
import { createPrivateKey, webcrypto, type KeyObject } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { newSerialNumber } from "./serial-number";

/** A certificate and its key, both PEM. `certificate` may be a bundle, the leaf first. */
export interface KeyPair {
    readonly certificate: string;
    readonly key: string;
}

export interface CertificateRequest {
    readonly commonName: string;
    /** Kubernetes reads it as the groups of a user. */
    readonly organization?: string;
    readonly dnsNames?: readonly string[];
    readonly ipAddresses?: readonly string[];
    readonly usages: readonly ("server" | "client")[];
    /** Default 365. */
    readonly validityDays?: number;
}

const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const MS_PER_DAY = 86_400_000;

/** Makes a P-256 key and a certificate for it, signed by `ca`. */
export async function issueCertificate(ca: KeyPair, request: CertificateRequest): Promise<KeyPair> {
    const issuer = new x509.X509Certificate(firstCertificate(ca.certificate));
    const signingKey = await importSigningKey(createPrivateKey(ca.key));
    const keys = await newKeys();
    return certificateFor(request, keys, { subject: issuer.subject, signingKey, publicKey: issuer.publicKey });
}

/** Makes a P-256 key and a certificate for it that signs itself, and can sign no other. */
export async function issueSelfSigned(request: CertificateRequest): Promise<KeyPair> {
    const keys = await newKeys();
    const { privateKey: signingKey, publicKey } = keys;
    return certificateFor(request, keys, { subject: subjectOf(request), signingKey, publicKey });
}

interface Issuer {
    readonly subject: string | x509.JsonName;
    readonly signingKey: webcrypto.CryptoKey;
    readonly publicKey: x509.PublicKeyType;
}

async function certificateFor(
    request: CertificateRequest,
    keys: webcrypto.CryptoKeyPair,
    issuer: Issuer,
): Promise<KeyPair> {
    const usages = request.usages.map((usage) =>
        usage === "server" ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth,
    );
    const names = [
        ...(request.dnsNames ?? []).map((value) => ({ type: "dns" as const, value })),
        ...(request.ipAddresses ?? []).map((value) => ({ type: "ip" as const, value })),
    ];
    const certificate = await x509.X509CertificateGenerator.create({
        ...validity(request.validityDays),
        issuer: issuer.subject,
        subject: subjectOf(request),
        publicKey: keys.publicKey,
        signingKey: issuer.signingKey,
        extensions: [
            new x509.BasicConstraintsExtension(false, undefined, true),
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
            new x509.ExtendedKeyUsageExtension(usages),
            ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
            await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
        ],
    });
    return { certificate: `${certificate.toString("pem")}\n`, key: await exportKey(keys.privateKey) };
}

/** Makes a certificate authority that signs itself. */
export async function createAuthority(commonName: string, validityDays = 3650): Promise<KeyPair> {
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
        ...validity(validityDays),
        name: [{ CN: [commonName] }],
        keys,
        extensions: [
            new x509.BasicConstraintsExtension(true, undefined, true),
            new x509.KeyUsagesExtension(
                x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature,
                true,
            ),
            await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ],
    });
    return { certificate: `${certificate.toString("pem")}\n`, key: await exportKey(keys.privateKey) };
}

/** The first certificate of a PEM bundle. */
export function firstCertificate(bundle: string): string {
    const certificates = certificatesOf(bundle);
    if (!certificates[0]) throw new Error("no certificate in the PEM text");
    return certificates[0];
}

/** All certificates of a PEM bundle, in order. */
export function certificatesOf(bundle: string): string[] {
    return bundle.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
    return webcrypto.subtle.generateKey(P256, true, ["sign", "verify"]);
}

function validity(days = 365) {
    const now = Date.now();
    return {
        serialNumber: newSerialNumber(),
        // An hour of slack for clocks that run behind.
        notBefore: new Date(now - 3_600_000),
        notAfter: new Date(now + days * MS_PER_DAY),
        signingAlgorithm: P256,
    };
}

function subjectOf(request: CertificateRequest): x509.JsonName {
    return [{ CN: [request.commonName] }, ...(request.organization ? [{ O: [request.organization] }] : [])];
}

function importSigningKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
    if (key.asymmetricKeyType !== "ec")
        throw new Error(`the CA's key is ${key.asymmetricKeyType ?? "unknown"}, not EC P-256`);
    const der = key.export({ type: "pkcs8", format: "der" });
    return webcrypto.subtle.importKey("pkcs8", der, P256, true, ["sign"]);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
    const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
    return createPrivateKey({ key: der, format: "der", type: "pkcs8" })
        .export({ type: "pkcs8", format: "pem" })
        .toString();
}
