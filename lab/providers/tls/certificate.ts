import "reflect-metadata";
import { type KeyObject, createPrivateKey, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { newSerialNumber } from "../../pki/serial-number";
import { type CheckFailure, type Properties, Unknown, type Value } from "../kit/provider";
import { isProperties } from "../kit/values";

x509.cryptoProvider.set(webcrypto);

const keyUsages: Readonly<Record<string, x509.KeyUsageFlags>> = {
    digital_signature: x509.KeyUsageFlags.digitalSignature,
    content_commitment: x509.KeyUsageFlags.nonRepudiation,
    key_encipherment: x509.KeyUsageFlags.keyEncipherment,
    data_encipherment: x509.KeyUsageFlags.dataEncipherment,
    key_agreement: x509.KeyUsageFlags.keyAgreement,
    cert_signing: x509.KeyUsageFlags.keyCertSign,
    crl_signing: x509.KeyUsageFlags.cRLSign,
    encipher_only: x509.KeyUsageFlags.encipherOnly,
    decipher_only: x509.KeyUsageFlags.decipherOnly,
};

const extendedUsages: Readonly<Record<string, string>> = {
    any_extended: "2.5.29.37.0",
    server_auth: "1.3.6.1.5.5.7.3.1",
    client_auth: "1.3.6.1.5.5.7.3.2",
    code_signing: "1.3.6.1.5.5.7.3.3",
    email_protection: "1.3.6.1.5.5.7.3.4",
    ipsec_end_system: "1.3.6.1.5.5.7.3.5",
    ipsec_tunnel: "1.3.6.1.5.5.7.3.6",
    ipsec_user: "1.3.6.1.5.5.7.3.7",
    timestamping: "1.3.6.1.5.5.7.3.8",
    ocsp_signing: "1.3.6.1.5.5.7.3.9",
};

/** Refuses uses that X.509 has no word for. */
export function checkUses({ allowedUses }: Properties): CheckFailure[] {
    return texts(allowedUses).flatMap((use, index) =>
        use in keyUsages || use in extendedUsages
            ? []
            : [
                  {
                      property: `allowedUses[${index}]`,
                      reason: `${use} is no use of a certificate; it knows ${knownUses}`,
                  },
              ],
    );
}

const knownUses = [...Object.keys(keyUsages), ...Object.keys(extendedUsages)].join(", ");

/** A private key ready to sign, with the algorithm's name as the plugin writes it. */
export interface Signer {
    readonly algorithm: "RSA" | "ECDSA" | "ED25519";
    readonly privateKey: webcrypto.CryptoKey;
    readonly publicKey: webcrypto.CryptoKey;
    readonly signing: webcrypto.EcdsaParams | { name: string; hash?: string };
}

/** @param property the input that holds the key, for the error. */
export async function signerOf(pem: string, property: string): Promise<Signer> {
    let key: KeyObject;
    try {
        key = createPrivateKey(pem);
    } catch {
        throw new Error(`${property}: this is no private key in PEM form; give an output of a PrivateKey`);
    }
    const { algorithm, parameters, hash } = signatureOf(key, property);
    const pkcs8 = key.export({ format: "der", type: "pkcs8" });
    const privateKey = await webcrypto.subtle.importKey("pkcs8", pkcs8, parameters, true, ["sign"]);
    const { kty, n, e, crv, x, y } = await webcrypto.subtle.exportKey("jwk", privateKey);
    const publicPart = Object.fromEntries(Object.entries({ kty, n, e, crv, x, y }).filter(([, value]) => value));
    const publicKey = await webcrypto.subtle.importKey("jwk", publicPart, parameters, true, ["verify"]);
    return { algorithm, privateKey, publicKey, signing: { ...parameters, ...(hash ? { hash } : {}) } };
}

function signatureOf(key: KeyObject, property: string) {
    switch (key.asymmetricKeyType) {
        case "rsa":
            return {
                algorithm: "RSA" as const,
                parameters: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
                hash: "SHA-256",
            };
        case "ed25519":
            return { algorithm: "ED25519" as const, parameters: { name: "Ed25519" }, hash: undefined };
        case "ec": {
            const curve = key.asymmetricKeyDetails?.namedCurve ?? "";
            const [namedCurve, hash] = curveHashes[curve] ?? [];
            if (namedCurve !== undefined && hash !== undefined) {
                return { algorithm: "ECDSA" as const, parameters: { name: "ECDSA", namedCurve }, hash };
            }
            throw new Error(`${property}: keys on the curve ${curve} sign nothing here; make one with ecdsaCurve P256`);
        }
        default:
            throw new Error(
                `${property}: a key of the type ${key.asymmetricKeyType} signs no certificates; use ECDSA or RSA`,
            );
    }
}

const curveHashes: Readonly<Record<string, readonly [string, string]>> = {
    prime256v1: ["P-256", "SHA-256"],
    secp384r1: ["P-384", "SHA-384"],
    secp521r1: ["P-521", "SHA-512"],
};

/** Parts of a subject in the order in which they are written into a certificate. */
const subjectParts: readonly (readonly [string, string])[] = [
    ["country", "C"],
    ["organization", "O"],
    ["organizationalUnit", "OU"],
    ["locality", "L"],
    ["province", "ST"],
    ["streetAddresses", "2.5.4.9"],
    ["postalCode", "2.5.4.17"],
    ["commonName", "CN"],
    ["serialNumber", "2.5.4.5"],
    ["emailAddress", "E"],
];

export function subjectName(subject: Value | undefined): x509.Name {
    const parts = isProperties(subject) ? subject : {};
    return new x509.Name(
        subjectParts.flatMap(([key, attribute]) => {
            const value = parts[key];
            const values = typeof value === "string" && value !== "" ? [value] : texts(value);
            return values.length === 0 ? [] : [{ [attribute]: values }];
        }),
    );
}

/** The extension with alternative names, if there are any. */
export function alternativeNames({ dnsNames, ipAddresses, uris }: Properties): x509.Extension[] {
    const names: x509.JsonGeneralName[] = [
        ...texts(dnsNames).map((value) => ({ type: "dns" as const, value })),
        ...texts(ipAddresses).map((value) => ({ type: "ip" as const, value })),
        ...texts(uris).map((value) => ({ type: "url" as const, value })),
    ];
    return names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)];
}

/** Extensions that follow from `allowedUses`, `isCaCertificate` and `maxPathLength`. */
export function usageExtensions(inputs: Properties): x509.Extension[] {
    const uses = texts(inputs["allowedUses"]);
    const flags = uses.map((use) => keyUsages[use]).filter((flag) => flag !== undefined);
    const extended = uses.map((use) => extendedUsages[use]).filter((oid) => oid !== undefined);
    const isAuthority = inputs["isCaCertificate"] === true;
    const maxPathLength = Number(inputs["maxPathLength"] ?? -1);
    return [
        ...(flags.length === 0
            ? []
            : [
                  new x509.KeyUsagesExtension(
                      flags.reduce((all, one) => all | one),
                      true,
                  ),
              ]),
        ...(extended.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(extended)]),
        new x509.BasicConstraintsExtension(
            isAuthority,
            isAuthority && maxPathLength >= 0 ? maxPathLength : undefined,
            true,
        ),
    ];
}

/** Start and end of a validity that begins now, and a new serial number. */
export function newSerial(validityHours: number): { serialNumber: string; notBefore: Date; notAfter: Date } {
    // Certificates count in whole seconds.
    const start = Math.floor(Date.now() / 1000) * 1000;
    return {
        serialNumber: newSerialNumber(),
        notBefore: new Date(start),
        notAfter: new Date(start + validityHours * 3_600_000),
    };
}

export function texts(value: Value | undefined): string[] {
    return Array.isArray(value) && !(value instanceof Unknown) ? value.map(String) : [];
}
