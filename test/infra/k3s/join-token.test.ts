import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { joinToken } from "../../../infra/k3s/join-token";
import { caBundleHash } from "../../../lab/cluster/boot/join-token";
import { EXAMPLE_CERTIFICATE } from "../../support/mock-values";

describe("a join token", () => {
    const body = EXAMPLE_CERTIFICATE.replace(/-----[A-Z ]+-----|\s/g, "");
    const fingerprint = createHash("sha256").update(Buffer.from(body, "base64")).digest("hex");

    it("names the root by the fingerprint of its DER bytes", () => {
        assert.equal(joinToken(EXAMPLE_CERTIFICATE, "server", "abc"), `K10${fingerprint}::server:abc`);
    });

    it("says node for an agent, as k3s does", () => {
        assert.match(joinToken(EXAMPLE_CERTIFICATE, "node", "abc"), /::node:abc$/);
    });

    it("is what k3s computes from a bundle that ends in the root", () => {
        const bundle = EXAMPLE_CERTIFICATE + EXAMPLE_CERTIFICATE;
        assert.equal(joinToken(EXAMPLE_CERTIFICATE, "server", "x").slice(3, 67), caBundleHash(bundle));
    });

    it("is not made from something that is no certificate", () => {
        assert.throws(() => joinToken("-----BEGIN NOTHING-----", "server", "abc"));
    });
});
