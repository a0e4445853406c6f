import assert from "node:assert/strict";
import { keyData, sshPublicKey } from "../../../infra/config/ssh-key";
import { publicKeys } from "../../support/ssh-keys";

const key = sshPublicKey("A key.");
const isTaken = (value: string) => key.safeParse(value).success;

const [ed25519, ecdsa] = publicKeys;
const [type = "", data = ""] = ed25519.split(" ");

describe("a public SSH key", () => {
    for (const line of publicKeys) {
        it(`is taken, with or without a comment: ${line.split(" ")[0] ?? ""}`, () => {
            assert.ok(isTaken(line));
            assert.ok(isTaken(line.split(" ").slice(0, 2).join(" ")));
        });

        it(`is refused where its end or its beginning is missing: ${line.split(" ")[0] ?? ""}`, () => {
            const [type = "", data = ""] = line.split(" ");
            const bytes = Buffer.from(data, "base64");
            for (const cut of [bytes.subarray(0, -1), bytes.subarray(0, -4), bytes.subarray(0, 3), bytes.subarray(3)]) {
                assert.ok(!isTaken(`${type} ${cut.toString("base64")}`), cut.toString("base64"));
            }
        });
    }

    it("is refused with more behind its end", () => {
        const longer = Buffer.concat([Buffer.from(data, "base64"), Buffer.from([0, 0, 0, 1, 65])]);
        assert.ok(!isTaken(`${type} ${longer.toString("base64")}`));
    });

    it("is refused under the name of another type", () => {
        assert.ok(!isTaken(`ecdsa-sha2-nistp256 ${data}`));
        assert.ok(!isTaken(`ssh-rsa ${ecdsa.split(" ")[1] ?? ""}`));
    });

    it("is refused with options, which are commands and rights for whoever logs in", () => {
        assert.ok(!isTaken(`no-pty ${ed25519}`));
        assert.ok(!isTaken(`command="/bin/true" ${ed25519}`));
    });

    it("is refused on more than one line, which would be one more key", () => {
        assert.ok(!isTaken(`${ed25519}\n`));
        assert.ok(!isTaken(`${ed25519}\n${ecdsa}`));
        assert.ok(!isTaken(`${ed25519}\r`));
    });

    it("is refused of a type that sshd does not take, of a certificate, and of an authority", () => {
        const ofType = (name: string) =>
            Buffer.concat([Buffer.from([0, 0, 0, name.length]), Buffer.from(name), Buffer.alloc(4)]).toString("base64");
        for (const name of ["ssh-dss", "ssh-ed25519-cert-v01@openssh.com", "toString"]) {
            assert.ok(!isTaken(`${name} ${ofType(name)}`), name);
        }
        assert.ok(!isTaken(`cert-authority ${ed25519}`));
    });

    it("is the same key under another comment, and another one with other data", () => {
        assert.equal(keyData(`${type} ${data} somebody else`), keyData(ed25519));
        assert.notEqual(keyData(ecdsa), keyData(ed25519));
    });
});
