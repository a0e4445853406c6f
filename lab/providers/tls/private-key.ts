import { type KeyObject, createHash, createPublicKey, generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { textOf } from "../../plain-values";
import type { GeneratedType } from "../kit/generated";
import type { Properties } from "../kit/provider";
import { sshForms } from "./openssh";

const generate = promisify(generateKeyPair);

/** Curves by the plugin's names. `P224` has no SSH form and signs no certificates here. */
const curves: Readonly<Record<string, string>> = {
    P224: "secp224r1",
    P256: "prime256v1",
    P384: "secp384r1",
    P521: "secp521r1",
};

async function newKey(algorithm: string, rsaBits: number, curve: string): Promise<KeyObject> {
    switch (algorithm) {
        case "RSA":
            return (await generate("rsa", { modulusLength: rsaBits })).privateKey;
        case "ECDSA":
            return (await generate("ec", { namedCurve: curves[curve] ?? curve })).privateKey;
        default:
            return (await generate("ed25519")).privateKey;
    }
}

/** The PEM form that belongs to the algorithm: PKCS#1 for RSA, SEC 1 for ECDSA, PKCS#8 for ED25519. */
function pem(key: KeyObject): string {
    const type = key.asymmetricKeyType === "rsa" ? "pkcs1" : key.asymmetricKeyType === "ec" ? "sec1" : "pkcs8";
    return String(key.export({ format: "pem", type }));
}

function outputs(key: KeyObject): Properties {
    const ssh = sshForms(key);
    return {
        privateKeyPem: pem(key),
        privateKeyPemPkcs8: String(key.export({ format: "pem", type: "pkcs8" })),
        publicKeyPem: String(createPublicKey(key).export({ format: "pem", type: "spki" })),
        privateKeyOpenssh: ssh?.privateKey ?? "",
        publicKeyOpenssh: ssh?.publicKey ?? "",
        publicKeyFingerprintMd5: ssh?.fingerprintMd5 ?? "",
        publicKeyFingerprintSha256: ssh?.fingerprintSha256 ?? "",
    };
}

export const privateKey: GeneratedType = {
    inputs: {
        algorithm: { kind: "string", required: true },
        ecdsaCurve: { kind: "string", fallback: "P224" },
        rsaBits: { kind: "number", fallback: 2048 },
    },
    made: [
        "privateKeyPem",
        "privateKeyPemPkcs8",
        "privateKeyOpenssh",
        "publicKeyPem",
        "publicKeyOpenssh",
        "publicKeyFingerprintMd5",
        "publicKeyFingerprintSha256",
    ],
    secrets: ["privateKeyOpenssh", "privateKeyPem", "privateKeyPemPkcs8"],
    check: ({ algorithm, ecdsaCurve }) => [
        ...(["RSA", "ECDSA", "ED25519"].includes(textOf(algorithm))
            ? []
            : [{ property: "algorithm", reason: `must be RSA, ECDSA or ED25519, is ${textOf(algorithm)}` }]),
        ...(textOf(ecdsaCurve) in curves
            ? []
            : [{ property: "ecdsaCurve", reason: `must be P224, P256, P384 or P521, is ${textOf(ecdsaCurve)}` }]),
    ],
    generate: async ({ algorithm, rsaBits, ecdsaCurve }) => {
        const made = outputs(await newKey(textOf(algorithm), Number(rsaBits), textOf(ecdsaCurve)));
        return { id: createHash("sha1").update(textOf(made["publicKeyPem"])).digest("hex"), made };
    },
};
