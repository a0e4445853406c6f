import { createHash, type KeyObject, randomBytes } from "node:crypto";

/** The SSH forms of a key pair (RFC 4253, 5656, 8709 and OpenSSH's PROTOCOL.key). */
export interface SshForms {
    /** `ssh-ed25519 AAAA...` with the newline of an authorized_keys line. */
    readonly publicKey: string;
    readonly privateKey: string;
    readonly fingerprintMd5: string;
    readonly fingerprintSha256: string;
}

const curves: Readonly<Record<string, string>> = { "P-256": "nistp256", "P-384": "nistp384", "P-521": "nistp521" };

/** @returns `undefined` for keys that SSH has no form for (the curve P-224). */
export function sshForms(privateKey: KeyObject): SshForms | undefined {
    if (privateKey.asymmetricKeyDetails?.namedCurve === "secp224r1") {
        return undefined;
    }
    const jwk = privateKey.export({ format: "jwk" });
    const part = (name: keyof JsonWebKeyParts): Buffer => Buffer.from(jwk[name] ?? "", "base64url");
    const { type, publicFields, privateFields } = fieldsOf(jwk.kty ?? "", jwk.crv ?? "", part);
    const blob = Buffer.concat([sshString(type), ...publicFields]);
    return {
        publicKey: `${type} ${blob.toString("base64")}\n`,
        privateKey: privateKeyFile(blob, Buffer.concat([sshString(type), ...privateFields])),
        fingerprintMd5: (createHash("md5").update(blob).digest("hex").match(/../g) ?? []).join(":"),
        fingerprintSha256: `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`,
    };
}

interface JsonWebKeyParts {
    n: string;
    e: string;
    d: string;
    p: string;
    q: string;
    qi: string;
    x: string;
    y: string;
}

interface KeyFields {
    readonly type: string;
    readonly publicFields: readonly Buffer[];
    readonly privateFields: readonly Buffer[];
}

function fieldsOf(kty: string, curve: string, part: (name: keyof JsonWebKeyParts) => Buffer): KeyFields {
    if (kty === "RSA") {
        const [n, e, d, qi, p, q] = [part("n"), part("e"), part("d"), part("qi"), part("p"), part("q")].map(sshInteger);
        return {
            type: "ssh-rsa",
            publicFields: present(e, n),
            privateFields: present(n, e, d, qi, p, q),
        };
    }
    if (kty === "OKP") {
        const publicPart = sshString(part("x"));
        return {
            type: "ssh-ed25519",
            publicFields: [publicPart],
            privateFields: [publicPart, sshString(Buffer.concat([part("d"), part("x")]))],
        };
    }
    const name = curves[curve];
    if (name === undefined) {
        throw new Error(`a key of the kind ${kty} ${curve} has no SSH form`);
    }
    const point = sshString(Buffer.concat([Buffer.from([4]), part("x"), part("y")]));
    return {
        type: `ecdsa-sha2-${name}`,
        publicFields: [sshString(name), point],
        privateFields: [sshString(name), point, sshInteger(part("d"))],
    };
}

function present(...fields: (Buffer | undefined)[]): Buffer[] {
    return fields.filter((field) => field !== undefined);
}

function privateKeyFile(publicBlob: Buffer, privateFields: Buffer): string {
    const check = randomBytes(4);
    const section = Buffer.concat([check, check, privateFields, sshString("")]);
    const padding = Buffer.from(Array.from({ length: (8 - (section.length % 8)) % 8 }, (_, index) => index + 1));
    const file = Buffer.concat([
        Buffer.from("openssh-key-v1\0"),
        ...["none", "none", ""].map(sshString),
        uint32(1),
        sshString(publicBlob),
        sshString(Buffer.concat([section, padding])),
    ]);
    const lines = file.toString("base64").match(/.{1,70}/g) ?? [];
    return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n");
}

function uint32(value: number): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
}

function sshString(value: string | Buffer): Buffer {
    const bytes = Buffer.from(value);
    return Buffer.concat([uint32(bytes.length), bytes]);
}

/** A positive integer: no leading zeros, but one where the first bit would read as a sign. */
function sshInteger(value: Buffer): Buffer {
    const start = value.findIndex((byte) => byte !== 0);
    const digits = start < 0 ? Buffer.alloc(0) : value.subarray(start);
    return sshString((digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}
