import assert from "node:assert/strict";
import { issueLine } from "../../../infra/config/issues";
import { secretIssues, type RawSecrets } from "../../../infra/config/secrets";

const token = "homelab@pve!pulumi=0f6ba1c5-5a4e-4a0f-9a5e-3c2f2a1b4d5e";
const privateKey = "-----BEGIN OPENSSH PRIVATE KEY-----\nnot a real one\n-----END OPENSSH PRIVATE KEY-----\n";

function saidAbout(secrets: RawSecrets, ups = false, s3 = false, login = false): string[] {
    return secretIssues(secrets, { kind: "k3s", ups, s3, login }).map(issueLine);
}

describe("the secrets of a house", () => {
    it("are complete with a token and a password, or a token and a key", () => {
        assert.deepEqual(saidAbout({ proxmoxApiToken: token, proxmoxSshPassword: "anything" }), []);
        assert.deepEqual(saidAbout({ proxmoxApiToken: token, proxmoxSshPrivateKey: privateKey }), []);
    });

    it("are asked for all at once, with the command that sets each", () => {
        assert.deepEqual(saidAbout({}), [
            "proxmoxApiToken: is missing (the program logs in to Proxmox with a token <user>@<realm>!<name>=<uuid>); " +
                "run pulumi config set --secret homelab:proxmoxApiToken",
            "proxmoxSshPrivateKey: is missing (snippets are copied over SSH, with a password or a private key); " +
                "run pulumi config set --secret homelab:proxmoxSshPrivateKey < key-file",
        ]);
    });

    it("have one more where there is a login for the internet", () => {
        const complete = { proxmoxApiToken: token, proxmoxSshPassword: "anything" };
        assert.deepEqual(saidAbout({ ...complete, loginClientSecret: "anything" }, false, false, true), []);
        assert.deepEqual(saidAbout(complete, false, false, true), [
            "loginClientSecret: is missing (the provider at ingress.login.issuer asks the house for it); " +
                "run pulumi config set --secret homelab:loginClientSecret",
        ]);
    });

    it("are refused when there are both a password and a key, because nobody could tell which is used", () => {
        const said = saidAbout({
            proxmoxApiToken: token,
            proxmoxSshPassword: "anything",
            proxmoxSshPrivateKey: privateKey,
        });
        assert.equal(said.length, 1);
        assert.match(said[0] ?? "", /^proxmoxSshPassword: is set, and so is proxmoxSshPrivateKey/);
    });

    for (const wrong of [
        "root@pam",
        "root@pam!pulumi",
        "0f6ba1c5-5a4e-4a0f-9a5e-3c2f2a1b4d5e",
        `PVEAPIToken=${token}`,
    ]) {
        it(`are refused when the token has another form, without showing it: ${wrong}`, () => {
            const said = saidAbout({ proxmoxApiToken: wrong, proxmoxSshPassword: "anything" });
            assert.equal(said.length, 1);
            assert.match(said[0] ?? "", /^proxmoxApiToken: is not a Proxmox API token \(/);
            assert.ok(!said[0]?.includes(wrong));
        });
    }

    it("are refused when the key is its public half or the name of a file, without showing it", () => {
        for (const wrong of ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "~/.ssh/homelab"]) {
            const said = saidAbout({ proxmoxApiToken: token, proxmoxSshPrivateKey: wrong });
            assert.equal(said.length, 1);
            assert.match(said[0] ?? "", /^proxmoxSshPrivateKey: is not a private key \(/);
            assert.ok(!said[0]?.includes(wrong));
        }
    });

    it("include the password of the NUT server where the house has a UPS, in characters that NUT carries", () => {
        const proxmox = { proxmoxApiToken: token, proxmoxSshPassword: "anything" };
        assert.deepEqual(saidAbout(proxmox, true), [
            "upsPassword: is missing (hosts and machines log in to the NUT server with a user and its password: " +
                "letters, digits and . _ ~ -); run pulumi config set --secret homelab:upsPassword",
        ]);
        assert.deepEqual(saidAbout({ ...proxmox, upsPassword: "plain-Word_1.~2" }, true), []);
        const [said, ...others] = saidAbout({ ...proxmox, upsPassword: "two words" }, true);
        assert.match(said ?? "", /^upsPassword: has characters that NUT's protocol does not carry/);
        assert.ok(!said?.includes("two"));
        assert.deepEqual(others, []);
    });

    it("include both halves of the key of a server of one's own for backups, and only there", () => {
        const proxmox = { proxmoxApiToken: token, proxmoxSshPassword: "anything" };
        const rule = "objectStorage.kind s3 is a server of your own, and its key has two halves";
        assert.deepEqual(
            saidAbout(proxmox, false, true),
            ["objectStorageAccessKeyId", "objectStorageSecretAccessKey"].map(
                (key) => `${key}: is missing (${rule}); run pulumi config set --secret homelab:${key}`,
            ),
        );
        const s3 = { ...proxmox, objectStorageAccessKeyId: "id", objectStorageSecretAccessKey: "se+cr/et" };
        assert.deepEqual(saidAbout(s3, false, true), []);
        assert.match(saidAbout(s3)[0] ?? "", /^objectStorageAccessKeyId: is set, and objectStorage.kind is not s3/);
        const [said] = saidAbout({ ...s3, objectStorageSecretAccessKey: "se cr\n" }, false, true);
        assert.match(said ?? "", /^objectStorageSecretAccessKey: has a space or a line break/);
        assert.ok(!said?.includes("se cr"));
    });
});

describe("the secrets of a house on an existing cluster", () => {
    const said = (secrets: RawSecrets, context?: string) =>
        secretIssues(secrets, { kind: "existing", context, s3: false, login: false }).map(issueLine);
    const kubeconfig = JSON.stringify({
        "current-context": "home",
        contexts: [{ name: "home", context: { cluster: "home", user: "me" } }],
        clusters: [{ name: "home", cluster: { server: "https://192.168.20.21:6443" } }],
        users: [{ name: "me", user: { token: "t0ken" } }],
    });

    it("are complete with a kubeconfig", () => assert.deepEqual(said({ kubeconfig }), []));

    it("are asked for with the command that sets them", () => {
        assert.deepEqual(said({}), [
            "kubeconfig: is missing (the program reaches the cluster with this alone, from wherever it runs); " +
                "run pulumi config set --secret homelab:kubeconfig < kubeconfig-file",
        ]);
    });

    it("are refused where the kubeconfig does not have the context of the configuration, without showing it", () => {
        const [line = "", ...others] = said({ kubeconfig }, "do-fra1");
        assert.match(line, /^kubeconfig: has no context do-fra1 \(/);
        assert.ok(!line.includes("t0ken"));
        assert.deepEqual(others, []);
    });

    it("hold nothing of Proxmox, and those of a house with machines hold no kubeconfig", () => {
        assert.match(
            said({ kubeconfig, proxmoxApiToken: token }).join(),
            /^proxmoxApiToken: has no meaning with an ex/,
        );
        const both = { proxmoxApiToken: token, proxmoxSshPassword: "anything", kubeconfig };
        assert.deepEqual(saidAbout(both), [
            "kubeconfig: has no meaning with a cluster that is built here (the program makes its own); " +
                "run pulumi config rm homelab:kubeconfig",
        ]);
    });
});
