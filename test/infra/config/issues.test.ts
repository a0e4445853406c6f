import assert from "node:assert/strict";
import { ConfigError, listed, pathText, shown } from "../../../infra/config/issues";
import { nearest } from "../../../infra/config/nearest";

describe("the words about a mistake", () => {
    it("write a path as its reader thinks of it", () => {
        assert.equal(pathText(["hosts", 1, "gpu", "id"]), "hosts[1].gpu.id");
    });

    it("quote text that YAML would read as something else, and leave other text alone", () => {
        assert.deepEqual(["pve-1", "4", "true", "yes", "", "two words", "/mnt/pool"].map(shown), [
            "pve-1",
            '"4"',
            '"true"',
            '"yes"',
            '""',
            '"two words"',
            "/mnt/pool",
        ]);
    });

    it("hide what stands before the @ of a URL, and cut what is too long to read", () => {
        assert.equal(shown("https://root:hunter2@pve:8006/"), "https://***@pve:8006/");
        assert.equal(shown("https://root:h@un/ter2@pve:8006/"), "https://***@pve:8006/");
        assert.equal(shown("root:hunter2@pve:8006"), "***@pve:8006");
        assert.equal(shown("x".repeat(500)).length, 161);
    });

    it("show nothing of a private key, whole or its first line", () => {
        for (const key of [
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA",
            "-----BEGIN RSA PRIVATE KEY----- MIIEpAIBAAKCAQEA",
            "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAE",
            "PuTTY-User-Key-File-3: ssh-ed25519",
        ])
            assert.equal(shown(key), "a private key");
    });

    it("never spread a list or a group over the message", () => {
        assert.deepEqual([shown([1, 2]), shown({ a: 1 }), shown(null)], ["a list", "a group of settings", "nothing"]);
    });

    it("list names as a sentence does", () => {
        assert.deepEqual([listed([]), listed(["a"]), listed(["a", "b", "c"])], ["", "a", "a, b and c"]);
    });

    it("count one mistake as one", () => {
        const issue = { path: "a", wrong: "is missing", rule: "why", write: "write it" };
        assert.equal(
            new ConfigError([issue]).message,
            "1 mistake in the configuration; nothing was changed.\n  a: is missing (why); write it",
        );
    });
});

describe("the nearest known word", () => {
    const known = ["name", "address", "sshPort", "memoryGiB", "datastores", "gpu"];

    it("is found in spite of a missing, a wrong or a capital letter", () => {
        assert.equal(nearest("adress", known), "address");
        assert.equal(nearest("memoryGB", known), "memoryGiB");
        assert.equal(nearest("SSHPORT", known), "sshPort");
    });

    it("is the closest when several are close", () => {
        assert.equal(nearest("hosts", ["host", "hosts", "ghosts"]), "hosts");
    });

    it("is none when nothing is close, rather than a bad advice", () => {
        assert.equal(nearest("k3sVersion", known), undefined);
    });
});
