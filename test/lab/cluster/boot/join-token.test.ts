import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { caBundleHash, parseJoinToken } from "../../../../lab/cluster/boot/join-token";
import { createAuthority } from "../../../../lab/pki/certificate";
import { joinToken } from "../../../../infra/k3s/join-token";

describe("a join token", () => {
    const hash = "0123456789abcdef".repeat(4);

    it("in its full form has the authority's hash, a user and a password, which may hold colons", () => {
        assert.deepEqual(parseJoinToken(`K10${hash}::server:a:b`), { caHash: hash, user: "server", password: "a:b" });
    });

    it("in its short form is the password alone", () => {
        assert.deepEqual(parseJoinToken("secret"), { caHash: undefined, user: "", password: "secret" });
    });

    for (const wrong of [
        `K10${hash.slice(1)}::node:a`,
        `K10${hash}:node:a`,
        `K10${hash}::node`,
        "K10",
        `K10${hash.toUpperCase()}::node:a`,
    ])
        it(`that starts like a full one is refused when it is none: ${wrong.replace(hash, "<hash>")}`, () => {
            assert.throws(() => parseJoinToken(wrong), /failed to normalize token/);
        });
});

describe("the hash of an authority", () => {
    it("is that of the root's DER bytes where the bundle has two certificates", async () => {
        const [authority, root] = [await createAuthority("ca"), await createAuthority("root")];
        const bundle = authority.certificate + root.certificate;
        const fingerprint = new X509Certificate(root.certificate).fingerprint256.replaceAll(":", "").toLowerCase();
        assert.equal(caBundleHash(bundle), fingerprint);
        assert.notEqual(caBundleHash(bundle), caBundleHash(root.certificate + authority.certificate));
    });

    it("is that of the file's bytes where there is one certificate", async () => {
        const { certificate } = await createAuthority("ca");
        assert.equal(caBundleHash(certificate), createHash("sha256").update(certificate).digest("hex"));
    });

    it("is the one that the program writes into its tokens", async () => {
        const [authority, root] = [await createAuthority("ca"), await createAuthority("root")];
        const { caHash } = parseJoinToken(joinToken(root.certificate, "node", "secret"));
        assert.equal(caHash, caBundleHash(`${authority.certificate}${root.certificate}`));
    });
});
