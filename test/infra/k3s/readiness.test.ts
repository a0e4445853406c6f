import assert from "node:assert/strict";
import { createServer, type Server } from "node:https";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { apiAccess } from "../../../infra/kube-api";
import type { ApiAccess } from "../../../infra/kubeconfig";
import { listNodes } from "../../../infra/k3s/api-nodes";
import { kubeconfig } from "../../../infra/k3s/kubeconfig";
import { absences, missingLabels, progressLine, timeoutMessage, waitForNodes } from "../../../infra/k3s/readiness";
import type { PlannedNode } from "../../../infra/k3s";
import { createAuthority, issueCertificate, type KeyPair } from "../../../lab/pki/certificate";

const planned: PlannedNode[] = [
    { name: "server-1", role: "server", host: "pve-1", vmId: 201, address: "192.168.20.21", labels: { zone: "pve-1" } },
    { name: "agent-1", role: "agent", host: "pve-2", vmId: 211, address: "192.168.20.31", labels: { zone: "pve-2" } },
];

function node(name: string, ready: boolean, labels: Record<string, string> = {}) {
    const condition = ready
        ? { type: "Ready", status: "True", reason: "KubeletReady", message: "ready" }
        : { type: "Ready", status: "False", reason: "KubeletNotReady", message: "network plugin is not ready" };
    return {
        metadata: { name, labels },
        status: { conditions: [{ type: "MemoryPressure", status: "False" }, condition] },
    };
}

const complete = [node("server-1", true, { zone: "pve-1" }), node("agent-1", true, { zone: "pve-2" })];

/** What the fake API server answers, one entry a request; the last one for all further requests. */
type Answer = { readonly status: number; readonly items: readonly unknown[] } | "hang";

const LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";

function lease(name: string, second: number) {
    return { metadata: { name }, spec: { renewTime: `2026-01-01T00:00:0${second}.000000Z` } };
}

describe("the readiness gate", () => {
    let authority: KeyPair;
    let client: KeyPair;
    let server: Server;
    let access: ApiAccess;
    let answers: Answer[];
    /** Leases of each request for them; the last ones for all further requests. */
    let leases: (readonly unknown[])[];
    let requests: { path: string; user: string }[];

    before(async () => {
        authority = await createAuthority("example");
        client = await issueCertificate(authority, { commonName: "system:admin", usages: ["client"] });
        const own = await issueCertificate(authority, {
            commonName: "api",
            ipAddresses: ["127.0.0.1"],
            usages: ["server"],
        });
        server = createServer(
            { cert: own.certificate, key: own.key, ca: authority.certificate, requestCert: true },
            (request, response) => {
                const socket = request.socket as TLSSocket;
                const subject = socket.authorized ? socket.getPeerCertificate().subject : undefined;
                requests.push({ path: request.url ?? "", user: [subject?.CN].flat().join() });
                if (request.url === LEASES) {
                    const items = (leases.length > 1 ? leases.shift() : leases[0]) ?? [];
                    response.end(JSON.stringify({ kind: "LeaseList", items }));
                    return;
                }
                const answer = answers.length > 1 ? answers.shift() : answers[0];
                if (answer === undefined || answer === "hang") {
                    return;
                }
                response.writeHead(answer.status, { "content-type": "application/json" });
                response.end(JSON.stringify({ kind: "NodeList", items: answer.items }));
            },
        );
        await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
        access = accessTo((server.address() as AddressInfo).port, authority);
    });
    beforeEach(() => {
        requests = [];
        leases = [];
    });
    after(() => {
        server.closeAllConnections();
        server.close();
    });

    function accessTo(port: number, trusted: KeyPair): ApiAccess {
        return apiAccess(
            kubeconfig({
                clusterName: "example",
                server: `https://127.0.0.1:${port}`,
                authorityPem: trusted.certificate,
                certificatePem: client.certificate,
                keyPem: client.key,
            }),
        );
    }

    async function pass(
        budgetMs: number,
        to = access,
        tryMs = 2_000,
        made?: ReadonlySet<string>,
    ): Promise<{ progress: string[]; warnings: string[] }> {
        const [progress, warnings]: [string[], string[]] = [[], []];
        await waitForNodes(to, planned, {
            budgetMs,
            tryMs,
            pauseMs: 5,
            ...(made === undefined ? {} : { made }),
            progress: (line) => progress.push(line),
            warn: (line) => warnings.push(line),
        });
        return { progress, warnings };
    }

    it("asks once, as the administrator, when every node is ready", async () => {
        answers = [{ status: 200, items: complete }];
        assert.deepEqual(await pass(60_000), { progress: [], warnings: [] });
        assert.deepEqual(requests, [{ path: "/api/v1/nodes", user: "system:admin" }]);
    });

    it("waits for the last node, and says who is awaited", async () => {
        answers = [
            { status: 200, items: [node("server-1", true)] },
            { status: 200, items: [node("server-1", true), node("agent-1", false)] },
            { status: 200, items: complete },
        ];
        const { progress } = await pass(60_000);
        assert.equal(progress.length, 2);
        assert.match(progress[0] ?? "", /^1 of 2 nodes are ready, .* waiting for agent-1$/);
        assert.match(progress[1] ?? "", /waiting for agent-1 \(joined\)$/);
    });

    it("does not take the node of a machine that is gone for the one that took its place", async () => {
        answers = [{ status: 200, items: complete }];
        leases = [[lease("agent-1", 1), lease("server-1", 1)]];
        await assert.rejects(pass(30, access, 2_000, new Set(["agent-1"])), (error: Error) => {
            assert.match(error.message, /1 of 2 planned nodes are not ready/);
            assert.match(
                error.message,
                /agent-1 \(VM 211 .*\): joined, but not ready: its last heartbeat is older than its machine/,
            );
            return true;
        });
    });

    it("lets a machine that was just made pass as soon as it is heard of", async () => {
        answers = [{ status: 200, items: complete }];
        leases = [[lease("agent-1", 1)], [lease("agent-1", 1)], [lease("agent-1", 2)], [lease("agent-1", 2)]];
        const { progress } = await pass(60_000, access, 2_000, new Set(["agent-1"]));
        assert.match(progress.join(), /^1 of 2 nodes are ready, .* waiting for agent-1 \(joined\)$/);
        assert.equal(requests.filter(({ path }) => path === LEASES).length, 3);
    });

    it("does not wait for a second word of a machine that had no node before", async () => {
        answers = [
            { status: 200, items: [node("server-1", true, { zone: "pve-1" })] },
            { status: 200, items: complete },
        ];
        leases = [[lease("server-1", 1)], [lease("server-1", 1), lease("agent-1", 1)]];
        await pass(60_000, access, 2_000, new Set(["agent-1"]));
        assert.equal(requests.filter(({ path }) => path === LEASES).length, 2);
    });

    it("asks for no heartbeats where all servers are new, and with them what the cluster knows", async () => {
        answers = [{ status: 200, items: complete }];
        leases = [[lease("server-1", 1), lease("agent-1", 1)]];
        assert.deepEqual(await pass(60_000, access, 2_000, new Set(["server-1", "agent-1"])), {
            progress: [],
            warnings: [],
        });
        assert.equal(requests.length, 1);
    });

    it("does not count nodes that nobody planned", async () => {
        answers = [{ status: 200, items: [node("lima", true), node("server-1", true)] }];
        await assert.rejects(pass(30), /1 of 2 planned nodes are not ready/);
    });

    it("names each missing node, its machine, and what to look at, when the budget is spent", async () => {
        answers = [{ status: 200, items: [node("server-1", false)] }];
        await assert.rejects(pass(30), (error: Error) => {
            const [, server1 = "", agent1 = ""] = error.message.split("\n");
            assert.match(
                server1,
                /server-1 \(VM 201 on pve-1, 192\.168\.20\.21\): joined, but not ready: KubeletNotReady: network plugin/,
            );
            assert.match(server1, /"duplicate node name found", its disk is new: kubectl delete node server-1$/);
            assert.match(
                agent1,
                /agent-1 \(VM 211 on pve-2, .*\): has not joined; on pve-2: .*qm terminal 211.*journalctl -n 50 -u k3s-agent/,
            );
            return true;
        });
    });

    it("goes on while the API server starts", async () => {
        answers = [
            { status: 503, items: [] },
            { status: 200, items: complete },
        ];
        const { progress } = await pass(60_000);
        assert.match(progress.join(), /waiting for the API server, .* answers HTTP 503/);
    });

    it("gives up one try, not the whole wait, when the API server hangs", async () => {
        answers = ["hang", { status: 200, items: complete }];
        const { progress } = await pass(60_000, access, 150);
        assert.match(progress.join(), /no answer within 0\.15 s/);
        assert.equal(requests.length, 2);
    });

    it("says so when nothing listens", async () => {
        const free = createTcpServer();
        await new Promise<void>((done) => free.listen(0, "127.0.0.1", done));
        const { port } = free.address() as AddressInfo;
        await new Promise((done) => free.close(done));
        await assert.rejects(
            pass(30, accessTo(port, authority)),
            /API server: https:\/\/127\.0\.0\.1:\d+: ECONNREFUSED/,
        );
    });

    it("says that a server answers at its own address where nobody has the one that the servers share", async () => {
        answers = [{ status: 200, items: [] }];
        const { port } = server.address() as AddressInfo;
        const shared = { ...access, server: `https://127.0.0.2:${port}` };
        const own = planned.map((node) => ({ ...node, address: "127.0.0.1" }));
        const options = { budgetMs: 0, progress: () => undefined, warn: () => undefined };
        await assert.rejects(waitForNodes(shared, own, options), (error: Error) => {
            assert.match(
                error.message,
                /^ {2}API server: .*ECONNREFUSED.*; server-1 answers at its own address 127\.0\.0\.1, .* 127\.0\.0\.2, does not\. .* on pve-1: qm shutdown 201 && qm start 201$/m,
            );
            return true;
        });
    });

    it("does not wait for a cluster that is another one", async () => {
        const other = await createAuthority("other");
        const { port } = server.address() as AddressInfo;
        await assert.rejects(pass(3_600_000, accessTo(port, other)), /another cluster answers there/);
    });

    it("does not wait for a cluster that refuses our certificate", async () => {
        answers = [{ status: 401, items: [] }];
        await assert.rejects(pass(3_600_000), /refuses our certificate \(HTTP 401\)/);
        assert.equal(requests.length, 5);
    });

    it("warns about labels that a node was never given", async () => {
        answers = [{ status: 200, items: [node("server-1", true, { zone: "pve-9" }), complete[1]] }];
        const { warnings } = await pass(60_000);
        assert.deepEqual(warnings, [
            "server-1 does not carry zone=pve-1; write: kubectl label --overwrite node server-1 zone=pve-1",
        ]);
    });

    it("reads a node that has reported nothing", async () => {
        answers = [{ status: 200, items: [{ metadata: { name: "server-1" } }] }];
        const [found] = await listNodes(access, 2_000);
        assert.deepEqual([found?.ready, found?.message], [false, "its kubelet has reported nothing yet"]);
    });
});

describe("the gate's words", () => {
    it("keep the order of the plan", () => {
        assert.deepEqual(
            absences(planned, []).map(({ node: { name } }) => name),
            ["server-1", "agent-1"],
        );
    });

    it("tell the budget and the setting to raise it", () => {
        const message = timeoutMessage(absences(planned, []), 2, 600_000, undefined);
        assert.match(message, /2 of 2 planned nodes are not ready after 10 min .* readinessBudgetMinutes/);
    });

    it("name the way into a machine: the guest agent, and SSH where the house has keys", () => {
        const [first] = planned;
        assert.ok(first?.vmId !== undefined);
        const said = (node: PlannedNode, joined: boolean) =>
            timeoutMessage([{ node, joined, message: "" }], 1, 0, undefined);
        for (const joined of [true, false]) {
            assert.match(said(first, joined), /; in it, by qm guest exec 201 -- <command> on pve-1: /);
            assert.match(
                said({ ...first, sshUser: "debian" }, joined),
                /; in it, by ssh debian@192\.168\.20\.21, or by qm guest exec 201 -- <command> on pve-1: /,
            );
        }
    });

    it("put the API server first when it is away", () => {
        assert.match(
            progressLine(absences(planned, []), 2, 3_000, "https://a:6443: ECONNREFUSED"),
            /^waiting for the API server, 3 s/,
        );
    });

    it("do not ask for labels of a node that is not there", () => {
        assert.deepEqual(missingLabels(planned, []), []);
    });
});
