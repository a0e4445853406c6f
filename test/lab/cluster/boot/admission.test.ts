import assert from "node:assert/strict";
import { refusal, type ClusterFacts } from "../../../../lab/cluster/boot/admission";
import { K3S_CONFIG_PATH, k3sFromCloudConfig, type K3sConfig } from "../../../../lab/cluster/boot/k3s-config";

const HASH = "a".repeat(64);
const SERVER_TOKEN = `K10${HASH}::server:first`;
const AGENT_TOKEN = `K10${HASH}::node:second`;

function k3s(role: "server" | "agent", values: Record<string, unknown>): K3sConfig {
    const content = JSON.stringify(values);
    const found = k3sFromCloudConfig({
        ...{ hostname: "a", packages: [], components: [], warnings: [] },
        files: [{ path: K3S_CONFIG_PATH, content, permissions: "0600" }],
        commands: [`INSTALL_K3S_VERSION=v1.36.3+k3s1 INSTALL_K3S_EXEC=${role} sh install.sh`],
    });
    assert.ok(found);
    return found;
}

const FIRST = { "cluster-init": true, token: SERVER_TOKEN, "agent-token": "second", "cluster-cidr": "10.42.0.0/16" };
const URL_OF_FIRST = "https://10.0.0.1:6443";
const cluster: ClusterFacts = {
    answers: (address) => ["10.0.0.1", "10.0.0.2", "10.0.0.8"].includes(address),
    names: ["10.0.0.1", "10.0.0.2", "10.0.0.3", "api.home.arpa"],
    caHash: HASH,
    config: k3s("server", FIRST),
};

function agent(values: Record<string, unknown> = {}) {
    return refusal(k3s("agent", { server: URL_OF_FIRST, token: AGENT_TOKEN, ...values }), cluster);
}

function server(values: Record<string, unknown> = {}) {
    const joining = { server: URL_OF_FIRST, ...FIRST, "cluster-init": undefined, ...values };
    return refusal(k3s("server", joining), cluster);
}

describe("a machine that wants to join", () => {
    it("may, as agent and as server, with the tokens of the first server", () => {
        assert.equal(agent(), undefined);
        assert.equal(server(), undefined);
    });

    it("may as an agent with a server's token, and with a short one", () => {
        assert.equal(agent({ token: SERVER_TOKEN }), undefined);
        assert.equal(agent({ token: "second" }), undefined);
    });

    it("may by any name of the API server", () => {
        assert.equal(agent({ server: "https://10.0.0.2:6443" }), undefined);
        assert.equal(agent({ server: "https://api.home.arpa:6443/" }), undefined);
    });

    it("may not by another address or port", () => {
        for (const url of ["https://10.0.0.9:6443", "https://10.0.0.1:6444", "https://10.0.0.2", "10.0.0.1"])
            assert.match(agent({ server: url }) ?? "it may", /connection refused/, url);
    });

    it("may not by the address of a server that is off", () => {
        assert.match(agent({ server: "https://10.0.0.3:6443" }) ?? "it may", /connection refused/);
    });

    it("may not by an address that answers and is not in the certificate: the servers need it as tls-san", () => {
        assert.match(
            agent({ server: "https://10.0.0.8:6443" }) ?? "it may",
            /valid for 10\.0\.0\.1, .*, not 10\.0\.0\.8/,
        );
    });

    it("may not without the address of a server or a token", () => {
        assert.match(agent({ server: undefined }) ?? "", /--server is required/);
        assert.match(agent({ token: undefined }) ?? "", /--token is required/);
    });

    it("may not when its token names another authority", () => {
        const token = `K10${"b".repeat(64)}::node:second`;
        assert.match(agent({ token }) ?? "", /token CA hash does not match .* b{64} != a{64}/);
    });

    it("may not with another password, and the log does not tell either of them", () => {
        const line = agent({ token: `K10${HASH}::node:guessed` }) ?? "";
        assert.match(line, /not authorized/);
        assert.doesNotMatch(line, /guessed|second|first/);
    });

    it("may not as a server with an agent's token", () => {
        assert.match(server({ token: AGENT_TOKEN }) ?? "", /not authorized/);
    });

    it("may not as a server whose critical settings differ, each of which is named", () => {
        const line = server({ "cluster-cidr": "10.44.0.0/16", "flannel-backend": "host-gw" }) ?? "";
        assert.match(line, /critical configuration value mismatch between servers: cluster-cidr, flannel-backend/);
        assert.match(server({ "agent-token": undefined }) ?? "", /mismatch between servers: agent-token/);
    });

    it("may as a server whose other settings differ", () => {
        assert.equal(server({ "node-label": ["a=b"], "tls-san": ["x"] }), undefined);
    });
});
