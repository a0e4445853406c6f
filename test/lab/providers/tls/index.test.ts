import assert from "node:assert/strict";
import { X509Certificate, createPrivateKey, createPublicKey } from "node:crypto";
import { utils } from "ssh2";
import { textOf } from "../../../../lab/plain-values";
import type { Properties } from "../../../../lab/providers/kit/provider";
import { createProvider } from "../../../../lab/providers/tls";
import { direct } from "../kit/direct";

const plugin = direct(createProvider());
const types = {
    key: "tls:index/privateKey:PrivateKey",
    request: "tls:index/certRequest:CertRequest",
    self: "tls:index/selfSignedCert:SelfSignedCert",
    local: "tls:index/locallySignedCert:LocallySignedCert",
} as const;
const make = async (type: keyof typeof types, inputs: Properties): Promise<Record<string, string>> => {
    const { outputs } = await plugin.create(types[type], inputs);
    return Object.fromEntries(Object.entries(outputs).map(([key, value]) => [key, textOf(value)]));
};
const year = 8766;
const authorityInputs = (privateKeyPem: string): Properties => ({
    privateKeyPem,
    subject: { commonName: "house", organization: "lab" },
    isCaCertificate: true,
    validityPeriodHours: 10 * year,
    allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
});

describe("the stand-in for the plugin tls", () => {
    const algorithms: readonly [string, Properties, RegExp][] = [
        ["RSA", { algorithm: "RSA" }, /^-----BEGIN RSA PRIVATE KEY-----/],
        ["ECDSA on P256", { algorithm: "ECDSA", ecdsaCurve: "P256" }, /^-----BEGIN EC PRIVATE KEY-----/],
        ["ECDSA on P521", { algorithm: "ECDSA", ecdsaCurve: "P521" }, /^-----BEGIN EC PRIVATE KEY-----/],
        ["ED25519", { algorithm: "ED25519" }, /^-----BEGIN PRIVATE KEY-----/],
    ];
    for (const [name, inputs, beginning] of algorithms) {
        it(`makes ${name} keys whose forms all are the same key`, async () => {
            const key = await make("key", inputs);
            const { privateKeyPem = "", privateKeyPemPkcs8 = "", publicKeyPem = "", publicKeyOpenssh = "" } = key;
            assert.match(privateKeyPem, beginning);
            assert.match(privateKeyPemPkcs8, /^-----BEGIN PRIVATE KEY-----/);
            const spki = (pem: string): string =>
                createPublicKey(createPrivateKey(pem)).export({ format: "pem", type: "spki" }).toString();
            assert.equal(spki(privateKeyPem), publicKeyPem);
            assert.equal(spki(privateKeyPemPkcs8), publicKeyPem);
            const secret = utils.parseKey(key["privateKeyOpenssh"] ?? "");
            const open = utils.parseKey(publicKeyOpenssh);
            assert.ok(!(secret instanceof Error) && !(open instanceof Error), "SSH cannot read its forms");
            const signature = secret.sign(Buffer.from("message"));
            assert.equal(open.verify(Buffer.from("message"), signature), true);
            assert.match(publicKeyOpenssh, /\n$/);
            assert.match(key["publicKeyFingerprintSha256"] ?? "", /^SHA256:[A-Za-z0-9+/]{43}$/);
            assert.match(key["publicKeyFingerprintMd5"] ?? "", /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
        });
    }

    for (const algorithm of ["RSA", "ECDSA", "ED25519"]) {
        it(`issues certificates by a chain of two authorities with ${algorithm} keys`, async () => {
            const key = async (): Promise<string> =>
                (await make("key", { algorithm, ecdsaCurve: "P256" }))["privateKeyPem"] ?? "";
            const rootKey = await key();
            const root = await make("self", authorityInputs(rootKey));
            const issue = async (caPrivateKeyPem: string, caCertPem: string, request: Properties, more: Properties) => {
                const csr = await make("request", request);
                return make("local", {
                    certRequestPem: csr["certRequestPem"] ?? "",
                    caPrivateKeyPem,
                    caCertPem,
                    validityPeriodHours: year,
                    allowedUses: ["digital_signature", "server_auth", "client_auth"],
                    ...more,
                });
            };
            const middleKey = await key();
            const middle = await issue(
                rootKey,
                root["certPem"] ?? "",
                { privateKeyPem: middleKey, subject: { commonName: "middle" } },
                { isCaCertificate: true, maxPathLength: 0, allowedUses: ["cert_signing"] },
            );
            const leaf = await issue(
                middleKey,
                middle["certPem"] ?? "",
                {
                    privateKeyPem: await key(),
                    subject: { commonName: "kube-apiserver", organization: "system:masters" },
                    dnsNames: ["kubernetes", "kubernetes.default"],
                    ipAddresses: ["127.0.20.21", "::1"],
                },
                {},
            );
            const [top, between, end] = [root, middle, leaf].map(({ certPem }) => new X509Certificate(certPem ?? ""));
            assert.ok(top && between && end);
            assert.ok(top.verify(top.publicKey), "the root does not sign itself");
            assert.ok(between.checkIssued(top) && between.verify(top.publicKey), "the root did not issue the second");
            assert.ok(end.checkIssued(between) && end.verify(between.publicKey), "the second did not issue the leaf");
            assert.deepEqual([top.ca, between.ca, end.ca], [true, true, false]);
            assert.equal(top.subject, "O=lab\nCN=house");
            assert.equal(end.subject, "O=system:masters\nCN=kube-apiserver");
            assert.equal(
                end.subjectAltName,
                "DNS:kubernetes, DNS:kubernetes.default, IP Address:127.0.20.21, IP Address:0:0:0:0:0:0:0:1",
            );
            assert.deepEqual(end.keyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
            assert.equal(leaf["caKeyAlgorithm"], algorithm);
            assert.equal(leaf["readyForRenewal"], "false");
            const hours = Date.parse(leaf["validityEndTime"] ?? "") - Date.parse(leaf["validityStartTime"] ?? "");
            assert.equal(hours, year * 3_600_000);
        });
    }

    it("replaces for every changed input but earlyRenewalHours", async () => {
        const inputs = authorityInputs("key");
        const change = (more: Properties) => plugin.diff(types.self, inputs, { ...inputs, ...more });
        assert.deepEqual(await change({}), {});
        assert.deepEqual(await change({ dnsNames: ["a"] }), { dnsNames: "add-replace" });
        assert.deepEqual(await change({ subject: { commonName: "other", organization: "lab" } }), {
            "subject.commonName": "update-replace",
        });
        assert.deepEqual(await change({ earlyRenewalHours: 1 }), { earlyRenewalHours: "update" });
        assert.deepEqual(await change({ maxPathLength: -1 }), {}, "a default that is written out is no change");
    });

    it("replaces a certificate that has entered its last hours", async () => {
        const privateKeyPem = (await make("key", { algorithm: "ED25519" }))["privateKeyPem"] ?? "";
        const inputs = { ...authorityInputs(privateKeyPem), validityPeriodHours: 10, earlyRenewalHours: 11 };
        const { outputs } = await plugin.create(types.self, inputs);
        assert.equal(outputs["readyForRenewal"], true);
        assert.deepEqual(await plugin.diff(types.self, inputs, inputs, outputs), { readyForRenewal: "update-replace" });
    });

    it("names what is wrong with an input", async () => {
        assert.deepEqual(await plugin.failures(types.key, { algorithm: "DSA" }), [
            { property: "algorithm", reason: "must be RSA, ECDSA or ED25519, is DSA" },
        ]);
        const [failure] = await plugin.failures(types.self, { ...authorityInputs("k"), allowedUses: ["sign_all"] });
        assert.equal(failure?.property, "allowedUses[0]");
        assert.deepEqual(
            (await plugin.failures(types.local, {})).map(({ property }) => property),
            ["allowedUses", "validityPeriodHours", "certRequestPem", "caPrivateKeyPem", "caCertPem"],
        );
        await assert.rejects(make("request", { privateKeyPem: "no key" }), /privateKeyPem: this is no private key/);
        await assert.rejects(
            make("self", authorityInputs((await make("key", { algorithm: "ECDSA" }))["privateKeyPem"] ?? "")),
            /privateKeyPem: keys on the curve secp224r1 sign nothing here; make one with ecdsaCurve P256/,
        );
    });
});
