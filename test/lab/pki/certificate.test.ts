import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { certificatesOf, createAuthority, firstCertificate, issueCertificate } from "../../../lab/pki/certificate";

describe("the lab's certificates", () => {
    it("of an authority are its own issuer, and may sign", async () => {
        const { certificate, key } = await createAuthority("lab", 10);
        const read = new X509Certificate(certificate);
        assert.equal(read.subject, "CN=lab");
        assert.equal(read.ca, true);
        assert.equal(read.verify(read.publicKey), true);
        assert.equal(read.checkPrivateKey(createPrivateKey(key)), true);
        const days = (Date.parse(read.validTo) - Date.parse(read.validFrom)) / 86_400_000;
        assert.ok(days > 10 && days < 10.1);
    });

    it("that an authority issues name whom they are for, and may not sign", async () => {
        const authority = await createAuthority("lab");
        const { certificate, key } = await issueCertificate(authority, {
            ...{ commonName: "api", organization: "system:masters", usages: ["server"] },
            ...{ dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"] },
        });
        const read = new X509Certificate(certificate);
        assert.equal(read.verify(new X509Certificate(authority.certificate).publicKey), true);
        assert.equal(read.checkIssued(new X509Certificate(authority.certificate)), true);
        assert.equal(read.ca, false);
        assert.equal(read.checkHost("localhost"), "localhost");
        assert.equal(read.checkIP("127.0.0.1"), "127.0.0.1");
        assert.equal(read.checkIP("127.0.0.2"), undefined);
        assert.match(read.subject, /O=system:masters/);
        assert.deepEqual(read.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
        assert.equal(read.checkPrivateKey(createPrivateKey(key)), true);
    });

    it("are issued by the first one of a bundle, with a key in either form of PEM", async () => {
        const [authority, root] = [await createAuthority("ca"), await createAuthority("root")];
        const sec1 = createPrivateKey(authority.key).export({ type: "sec1", format: "pem" }).toString();
        const bundle = { certificate: authority.certificate + root.certificate, key: sec1 };
        const { certificate } = await issueCertificate(bundle, { commonName: "x", usages: ["client"] });
        assert.equal(new X509Certificate(certificate).issuer, "CN=ca");
    });

    it("have numbers of their own, none of them negative", async () => {
        const all = await Promise.all(Array.from({ length: 20 }, () => createAuthority("x")));
        const serials = all.map(({ certificate }) => new X509Certificate(certificate).serialNumber);
        assert.equal(new Set(serials).size, 20);
        for (const serial of serials) assert.doesNotMatch(serial, /^-/);
    });

    it("are not signed with a key of another kind", async () => {
        const { certificate } = await createAuthority("ca");
        const key = generateKeyPairSync("rsa", { modulusLength: 2048 })
            .privateKey.export({ type: "pkcs8", format: "pem" })
            .toString();
        await assert.rejects(issueCertificate({ certificate, key }, { commonName: "x", usages: [] }), /rsa, not EC/);
    });

    it("are found one by one in a bundle, in their order", async () => {
        const [a, b] = [await createAuthority("a"), await createAuthority("b")];
        const found = certificatesOf(`text\n${a.certificate}${a.key}${b.certificate}`);
        assert.deepEqual(
            found.map((pem) => new X509Certificate(pem).subject),
            ["CN=a", "CN=b"],
        );
        assert.throws(() => firstCertificate(a.key), /no certificate in the PEM text/);
    });
});
