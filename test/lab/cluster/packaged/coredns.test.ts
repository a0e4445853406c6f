import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPackaged } from "../../../../lab/cluster/packaged";
import { KubeClient, type KubeObject } from "../../../../lab/kube/client";
import { accountKubeconfig } from "../../../support/account-kubeconfig";
import { startControlPlane, type ControlPlane } from "../../../support/control-plane";
import { eventually } from "../../../support/eventually";
import { freePorts } from "../../../support/free-ports";
import { removeFolder } from "../../../support/scratch-folder";
import { describeWith, testTool } from "../../../support/tools";
import { serverConfig } from "./config";

const ADDRESS = "127.0.0.1";

describeWith("coredns", "the cluster's DNS, asked as a real CoreDNS", function () {
    this.timeout(120_000);
    const folder = mkdtempSync(join(tmpdir(), "coredns-"));
    const stopped = new AbortController();
    let plane: ControlPlane;
    let coredns: ChildProcess | undefined;
    let output = "";
    let resolver: Resolver;
    let healthPort: number;
    let upstreams: Upstream[] = [];

    before(async () => {
        plane = await startControlPlane();
        const { client } = plane;
        await installPackaged({
            ...{ client, config: serverConfig({}), traefikCrds: testTool("traefik-crds"), bodies: "simulated" },
            ...{ signal: stopped.signal, log: () => undefined },
        });
        await service(client);
        upstreams = [await upstream("192.0.2.66"), await upstream("192.0.2.67")];
        const [dns = 0, health = 0, ready = 0, metrics = 0] = await freePorts(ADDRESS, 4);
        healthPort = health;
        mkdirSync(join(folder, "custom"));
        const file = (name: string, text: string) => {
            writeFileSync(join(folder, name), text);
            return join(folder, name);
        };
        const kubeconfig = file("kubeconfig", await accountKubeconfig(plane, "kube-system", "coredns"));
        file("resolv.conf", `nameserver ${ADDRESS}\n`);
        file("NodeHosts", "192.0.2.10 k3s-server-1\n");
        file("custom/own.override", `forward own.test ${ADDRESS}:${upstreams[1]?.port ?? 0}\n`);
        file("custom/own.server", `island.test:${dns} {\n    bind ${ADDRESS}\n    template IN A {\n        answer "{{ .Name }} 60 IN A 192.0.2.68"\n    }\n}\n`); // prettier-ignore
        const found = await client.get<KubeObject & { data: { Corefile: string } }>(
            "/api/v1/namespaces/kube-system/configmaps/coredns",
        );
        // Other places and ports, and a way to the API server from outside a pod; all else stays.
        const corefile = found.data.Corefile.replaceAll("/etc/coredns/", `${folder}/`)
            .replace(".:53 {", `.:${dns} {\n    bind ${ADDRESS}`)
            .replace("    health\n", `    health ${ADDRESS}:${health}\n`)
            .replace("    ready\n", `    ready ${ADDRESS}:${ready}\n`)
            .replace(":9153", `${ADDRESS}:${metrics}`)
            .replace("pods insecure", `kubeconfig ${kubeconfig}\n        pods insecure`)
            .replace("/etc/resolv.conf", `${ADDRESS}:${upstreams[0]?.port ?? 0}`);
        coredns = spawn(testTool("coredns"), ["-conf", file("Corefile", corefile)], { cwd: folder });
        for (const stream of [coredns.stdout, coredns.stderr])
            stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
        // It learns a limit of its own from fast answers, which one that a busy machine delays would miss.
        resolver = new Resolver({ timeout: 2_000, tries: 4 });
        resolver.setServers([`${ADDRESS}:${dns}`]);
        // It says so a moment before it listens.
        await eventually("CoreDNS is ready", async () => (await fetch(`http://${ADDRESS}:${ready}/ready`)).ok);
        await eventually(`CoreDNS answers; it said\n${output}`, () => resolver.resolve4("elsewhere.test"));
    });
    after(async () => {
        stopped.abort();
        coredns?.kill("SIGKILL");
        for (const { socket } of upstreams) socket.close();
        await plane.stop();
        removeFolder(folder);
    });

    it("knows the API server's Service", async () => {
        assert.deepEqual(await resolver.resolve4("kubernetes.default.svc.cluster.local"), ["10.43.0.1"]);
        assert.deepEqual(await resolver.reverse("10.43.0.1"), ["kubernetes.default.svc.cluster.local"]);
    });

    it("knows the pods of a headless Service by their EndpointSlice, those that are not ready left out", async () => {
        assert.deepEqual(await resolver.resolve4("db.default.svc.cluster.local"), ["192.0.2.20"]);
        assert.deepEqual(await resolver.resolve4("db-0.db.default.svc.cluster.local"), ["192.0.2.20"]);
        await assert.rejects(resolver.resolve4("db-1.db.default.svc.cluster.local"), { code: "ENOTFOUND" });
    });

    it("reads with the ServiceAccount's own rights, and lacks none", () => {
        assert.doesNotMatch(output, /forbidden|Failed to (?:list|watch)|\[ERROR\]/i);
    });

    it("knows the nodes", async () => {
        assert.deepEqual(await resolver.resolve4("k3s-server-1"), ["192.0.2.10"]);
    });

    it("asks the node's resolvers for the rest", async () => {
        assert.deepEqual(await resolver.resolve4("elsewhere.test"), ["192.0.2.66"]);
    });

    it("takes an own forward before that of the node, and an own server", async () => {
        assert.deepEqual(await resolver.resolve4("a.own.test"), ["192.0.2.67"]);
        assert.deepEqual(await resolver.resolve4("a.island.test"), ["192.0.2.68"]);
    });

    it("says that it is alive where the probe asks", async () => {
        assert.equal((await fetch(`http://${ADDRESS}:${healthPort}/health`)).status, 200);
    });
});

async function service(client: KubeClient): Promise<void> {
    const post = (path: string, body: KubeObject) => client.request("POST", path, { body });
    await post("/api/v1/namespaces/default/services", {
        ...{ apiVersion: "v1", kind: "Service", metadata: { name: "db" } },
        spec: { clusterIP: "None", ports: [{ name: "sql", port: 5432 }] },
    });
    const endpoint = (hostname: string, address: string, ready: boolean) => ({
        ...{ hostname, addresses: [address], conditions: { ready } },
    });
    await post("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", {
        ...{ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", addressType: "IPv4" },
        metadata: { name: "db-1", labels: { "kubernetes.io/service-name": "db" } },
        endpoints: [endpoint("db-0", "192.0.2.20", true), endpoint("db-1", "192.0.2.21", false)],
        ports: [{ name: "sql", port: 5432, protocol: "TCP" }],
    });
}

interface Upstream {
    readonly socket: Socket;
    readonly port: number;
}

/** A resolver that has one address for every name. */
async function upstream(address: string): Promise<Upstream> {
    const socket = createSocket("udp4");
    // A pointer to the name in the question, type A, class IN, 60 s, four bytes (RFC 1035, section 4.1).
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split(".").map(Number)]);
    socket.on("message", (query, from) => {
        const questionEnd = query.indexOf(0, 12) + 5;
        const answer = Buffer.concat([query.subarray(0, questionEnd), record]);
        answer.writeUInt16BE(0x8180, 2);
        answer.writeUInt16BE(1, 6);
        answer.writeUInt16BE(0, 8);
        answer.writeUInt16BE(0, 10);
        socket.send(answer, from.port, from.address);
    });
    await new Promise<void>((done) => socket.bind(0, ADDRESS, done));
    return { socket, port: socket.address().port };
}
