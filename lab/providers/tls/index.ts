// The certificate library looks for this when it is loaded, so it comes before it.
import "reflect-metadata";
import { createHash } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { textOf } from "../../plain-values";
import { type GeneratedType, type InputRule, generatedProvider } from "../kit/generated";
import type { Properties, ProviderFactory } from "../kit/provider";
import { alternativeNames, checkUses, newSerial, signerOf, subjectName, usageExtensions } from "./certificate";
import { privateKey } from "./private-key";

const text: InputRule = { kind: "string", required: true };
const list: InputRule = { kind: "strings" };
const off: InputRule = { kind: "boolean", fallback: false };

const validityInputs: GeneratedType["inputs"] = {
    allowedUses: { kind: "strings", required: true },
    validityPeriodHours: { kind: "number", required: true },
    earlyRenewalHours: { kind: "number", fallback: 0 },
    isCaCertificate: off,
    maxPathLength: { kind: "number", fallback: -1 },
    setSubjectKeyId: off,
};
const nameInputs: GeneratedType["inputs"] = {
    dnsNames: list,
    ipAddresses: list,
    uris: list,
    subject: { kind: "object" },
};
const certificateOutputs = ["certPem", "readyForRenewal", "validityStartTime", "validityEndTime"];

/** Whether a certificate has entered the hours before its end in which it is to be replaced. */
function renewal({ validityEndTime, earlyRenewalHours }: Properties): Properties {
    const end = typeof validityEndTime === "string" ? Date.parse(validityEndTime) : Number.POSITIVE_INFINITY;
    return { readyForRenewal: Date.now() >= end - Number(earlyRenewalHours ?? 0) * 3_600_000 };
}

function certificateResult(certificate: x509.X509Certificate, inputs: Properties): { id: string; made: Properties } {
    const made: Properties = {
        certPem: `${certificate.toString("pem")}\n`,
        validityStartTime: certificate.notBefore.toISOString(),
        validityEndTime: certificate.notAfter.toISOString(),
    };
    const id = BigInt(`0x${certificate.serialNumber}`).toString();
    return { id, made: { ...made, ...renewal({ ...inputs, ...made }) } };
}

const certRequest: GeneratedType = {
    inputs: { ...nameInputs, privateKeyPem: text },
    made: ["certRequestPem", "keyAlgorithm"],
    secrets: ["privateKeyPem"],
    generate: async (inputs) => {
        const signer = await signerOf(textOf(inputs["privateKeyPem"]), "privateKeyPem");
        const request = await x509.Pkcs10CertificateRequestGenerator.create({
            name: subjectName(inputs["subject"]).toJSON(),
            keys: { privateKey: signer.privateKey, publicKey: signer.publicKey },
            signingAlgorithm: signer.signing,
            extensions: alternativeNames(inputs),
        });
        const certRequestPem = `${request.toString("pem")}\n`;
        const id = createHash("sha1").update(certRequestPem).digest("hex");
        return { id, made: { certRequestPem, keyAlgorithm: signer.algorithm } };
    },
};

const selfSignedCert: GeneratedType = {
    inputs: { ...validityInputs, ...nameInputs, privateKeyPem: text, setAuthorityKeyId: off },
    made: [...certificateOutputs, "keyAlgorithm"],
    secrets: ["privateKeyPem"],
    inPlace: ["earlyRenewalHours"],
    current: renewal,
    check: checkUses,
    generate: async (inputs) => {
        const signer = await signerOf(textOf(inputs["privateKeyPem"]), "privateKeyPem");
        const isAuthority = inputs["isCaCertificate"] === true;
        const name = subjectName(inputs["subject"]);
        const certificate = await x509.X509CertificateGenerator.create({
            ...newSerial(Number(inputs["validityPeriodHours"])),
            subject: name,
            issuer: name,
            publicKey: signer.publicKey,
            signingKey: signer.privateKey,
            signingAlgorithm: signer.signing,
            extensions: [
                ...usageExtensions(inputs),
                ...alternativeNames(inputs),
                ...(isAuthority || inputs["setSubjectKeyId"] === true
                    ? [await x509.SubjectKeyIdentifierExtension.create(signer.publicKey)]
                    : []),
                ...(inputs["setAuthorityKeyId"] === true
                    ? [await x509.AuthorityKeyIdentifierExtension.create(signer.publicKey)]
                    : []),
            ],
        });
        const { id, made } = certificateResult(certificate, inputs);
        return { id, made: { ...made, keyAlgorithm: signer.algorithm } };
    },
};

const locallySignedCert: GeneratedType = {
    inputs: { ...validityInputs, certRequestPem: text, caPrivateKeyPem: text, caCertPem: text },
    made: [...certificateOutputs, "caKeyAlgorithm"],
    secrets: ["caPrivateKeyPem"],
    inPlace: ["earlyRenewalHours"],
    current: renewal,
    check: checkUses,
    generate: async (inputs) => {
        const request = new x509.Pkcs10CertificateRequest(textOf(inputs["certRequestPem"]));
        if (!(await request.verify())) {
            throw new Error("certRequestPem: the request's signature does not match its key; make a new CertRequest");
        }
        const authority = new x509.X509Certificate(textOf(inputs["caCertPem"]));
        const signer = await signerOf(textOf(inputs["caPrivateKeyPem"]), "caPrivateKeyPem");
        const keyId = authority.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
        const names = request.extensions.filter((one) => one instanceof x509.SubjectAlternativeNameExtension);
        const needsKeyId = inputs["isCaCertificate"] === true || inputs["setSubjectKeyId"] === true;
        const certificate = await x509.X509CertificateGenerator.create({
            ...newSerial(Number(inputs["validityPeriodHours"])),
            subject: request.subjectName,
            issuer: authority.subjectName,
            publicKey: request.publicKey,
            signingKey: signer.privateKey,
            signingAlgorithm: signer.signing,
            extensions: [
                ...usageExtensions(inputs),
                ...names,
                ...(needsKeyId ? [await x509.SubjectKeyIdentifierExtension.create(request.publicKey)] : []),
                ...(keyId === undefined ? [] : [new x509.AuthorityKeyIdentifierExtension(keyId)]),
            ],
        });
        const { id, made } = certificateResult(certificate, inputs);
        return { id, made: { ...made, caKeyAlgorithm: signer.algorithm } };
    },
};

/** Stand-in for the plugin `tls`: real keys and certificates; every change of an input but `earlyRenewalHours` replaces. */
export const createProvider: ProviderFactory = () =>
    generatedProvider({
        "tls:index/certRequest:CertRequest": certRequest,
        "tls:index/locallySignedCert:LocallySignedCert": locallySignedCert,
        "tls:index/privateKey:PrivateKey": privateKey,
        "tls:index/selfSignedCert:SelfSignedCert": selfSignedCert,
    });
