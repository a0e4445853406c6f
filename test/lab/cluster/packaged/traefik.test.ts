import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, get, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { get as getSecurely } from "node:https";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { Failover } from "../../../../components/ingress/failover";
import { Workload } from "../../../../components/workload";
import { traefikSettings } from "../../../../infra/k3s/traefik-settings";
import { installPackaged } from "../../../../lab/cluster/packaged";
import type { KubeObject } from "../../../../lab/kube/client";
import { accountKubeconfig } from "../../../support/account-kubeconfig";
import { startControlPlane, type ControlPlane } from "../../../support/control-plane";
import { exampleArgs, two } from "../../../support/example-workload";
import { eventually } from "../../../support/eventually";
import { freePorts } from "../../../support/free-ports";
import { at, captureGraph, only } from "../../../support/graph";
import { removeFolder } from "../../../support/scratch-folder";
import { describeWith, testTool } from "../../../support/tools";
import { serverConfig } from "./config";

interface Deployment extends KubeObject {
    spec: { template: { spec: { containers: { args: string[] }[] } } };
}

interface Ingress extends KubeObject {
    status: { loadBalancer?: { ingress?: { ip?: string }[] } };
}

/** What a route has for the time when a pod dies. */
interface ForFailover {
    readonly middlewares?: readonly { readonly name: string }[];
    readonly serversTransport?: string;
}

const ADDRESS = "127.0.0.1";
const SERVICES = "/api/v1/namespaces/default/services";
const ROUTES = "/apis/traefik.io/v1alpha1/namespaces/default/ingressroutes";
/** Kubernetes takes no loopback address for a pod: any other of this machine will do. */
const POD_ADDRESS = Object.values(networkInterfaces())
    .flatMap((found) => found ?? [])
    .find(
        ({ family, internal, address }) => family === "IPv4" && !internal && !address.startsWith("169.254."),
    )?.address;

describeWith("traefik", "k3s' Traefik, run as a real one", function () {
    this.timeout(120_000);
    const folder = mkdtempSync(join(tmpdir(), "traefik-"));
    const stopped = new AbortController();
    const ports = { web: 0, websecure: 0, traefik: 0, metrics: 0, internet: 0 };
    let plane: ControlPlane;
    let traefik: ChildProcess | undefined;
    const pods: Server[] = [];
    let output = "";
    const post = (path: string, body: KubeObject) => plane.client.request("POST", path, { body });

    before(async () => {
        plane = await startControlPlane();
        const manifests = { "traefik-settings.yaml": traefikSettings({ replicas: 2 }) };
        await installPackaged({
            ...{ client: plane.client, config: serverConfig({}, manifests), bodies: "real" },
            ...{ traefikCrds: testTool("traefik-crds"), signal: stopped.signal, log: () => undefined },
        });
        const { spec } = await eventually("Traefik's Deployment is there", () =>
            plane.client.find<Deployment>("/apis/apps/v1/namespaces/kube-system/deployments/traefik"),
        );
        const free = await freePorts(ADDRESS, 5);
        [ports.web = 0, ports.websecure = 0, ports.traefik = 0, ports.metrics = 0, ports.internet = 0] = free;
        const kubeconfig = join(folder, "kubeconfig");
        writeFileSync(kubeconfig, await accountKubeconfig(plane, "kube-system", "traefik"));
        // Other ports, and a way to the API server from outside a pod; all else stays.
        const args = (spec.template.spec.containers[0]?.args ?? []).map((argument) =>
            argument.replace(
                /^(--entryPoints\.(web|websecure|traefik|metrics|internet)\.address=).*$/,
                (_, start: string, name: keyof typeof ports) => `${start}${ADDRESS}:${ports[name]}/tcp`,
            ),
        );
        traefik = spawn(testTool("traefik"), args, { cwd: folder, env: { KUBECONFIG: kubeconfig } });
        for (const stream of [traefik.stdout, traefik.stderr])
            stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
        traefik.on("exit", (code) => (output += `ended with ${code ?? "a signal"}`));
        await eventually(
            "Traefik answers where the probe asks",
            async () => (await ask("traefik", "/ping")) === "200 OK",
        ).catch((error: unknown) => assert.fail(`${String(error)}; Traefik said:\n${output}`));
    });
    after(async () => {
        stopped.abort();
        traefik?.kill("SIGKILL");
        for (const server of pods) server.close();
        await plane.stop();
        removeFolder(folder);
    });

    it("a host of a Service without pods answers 503", async () => {
        await service("empty");
        await route("empty.lab", "empty");
        await eventually("it answers", async () => (await ask("web", "/", "empty.lab")).startsWith("503"));
    });

    it("an IngressRoute leads to the pod", async function () {
        if (POD_ADDRESS === undefined) return this.skip();
        await service("web");
        await pod(POD_ADDRESS, "web", (_, response) => response.end("from the pod"));
        await route("web.lab", "web");
        await eventually("it answers", async () => (await ask("web", "/", "web.lab")) === "200 from the pod");
    });

    it("what a pod had begun to answer when it died is asked again", async function () {
        if (POD_ADDRESS === undefined) return this.skip();
        await service("rooms");
        let asked = 0;
        // Two pods of one address are one to Traefik, so this one dies and is there again.
        await pod(POD_ADDRESS, "rooms", ({ socket }, response) => {
            asked += 1;
            if (asked % 2 === 1) socket.destroy();
            else response.end("from the pod");
        });
        await route("rooms.lab", "rooms", await failover("rooms"));
        await eventually("it answers", async () => (await ask("web", "/", "rooms.lab")).startsWith("200"));
        asked = 0;
        for (let turn = 0; turn < 10; turn += 1) assert.equal(await ask("web", "/", "rooms.lab"), "200 from the pod");
        assert.equal(asked, 20);
    });

    it("a host without a route of its own over plain http leads to https", async () => {
        assert.match(await ask("web", "/", "nobody.lab"), /^302 Found/);
    });

    it("a route that names no door is at those of the house, and not at that of the internet", async () => {
        await service("everywhere");
        const routes = [
            { match: "Host(`everywhere.lab`)", kind: "Rule", services: [{ name: "everywhere", port: 80 }] },
        ];
        await post(ROUTES, {
            ...{ apiVersion: "traefik.io/v1alpha1", kind: "IngressRoute", metadata: { name: "everywhere" } },
            spec: { routes, tls: {} },
        });
        await eventually("it answers", async () =>
            (await askSecurely("websecure", "everywhere.lab")).startsWith("503"),
        );
        assert.match(await askSecurely("internet", "everywhere.lab"), /^404/);
    });

    it("writes down each request without its headers and its query", async () => {
        await ask("web", "/path?api_key=key-of-somebody", "empty.lab", { cookie: "id=cookie-of-somebody" });
        await eventually("it is written down", () => output.includes('"RequestHost":"empty.lab"'));
        assert.doesNotMatch(output, /of-somebody/);
    });

    it("an Ingress of the default class gets the addresses of Traefik's Service", async () => {
        await plane.client.request("PATCH", "/api/v1/namespaces/kube-system/services/traefik/status", {
            body: { status: { loadBalancer: { ingress: [{ ip: "192.0.2.31", ipMode: "VIP" }] } } },
            contentType: "application/merge-patch+json",
        });
        const backend = { service: { name: "empty", port: { name: "http" } } };
        const path = "/apis/networking.k8s.io/v1/namespaces/default/ingresses";
        await post(path, {
            ...{ apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata: { name: "site" } },
            spec: { rules: [{ host: "site.lab", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }] },
        });
        await eventually("its status has the address", async () => {
            const { status } = await plane.client.get<Ingress>(`${path}/site`);
            return status.loadBalancer?.ingress?.[0]?.ip === "192.0.2.31";
        });
    });

    it("tells its numbers where Prometheus asks", async () => {
        assert.match(await ask("metrics", "/metrics"), /^200 [^]*traefik_config_reloads_total/);
    });

    it("reads with the ServiceAccount's own rights, and has nothing to complain of", () => {
        const faults = output
            .split("\n")
            .filter((line) => /\b(?:ERR|FTL|error)\b|forbidden|Failed to (?:list|watch)/i.test(line));
        // Its dashboard's pages are not in the Go module that the lab builds it from.
        assert.deepEqual(
            faults.filter((line) => !line.includes("index.html")),
            [],
        );
    });

    async function service(name: string): Promise<void> {
        const spec = { ports: [{ name: "http", port: 80 }] };
        await post(SERVICES, { apiVersion: "v1", kind: "Service", metadata: { name }, spec });
    }

    /** A ready pod of a Service. */
    async function pod(address: string, of: string, answers: RequestListener): Promise<void> {
        const server = createServer(answers);
        pods.push(server);
        await new Promise<void>((done) => server.listen(0, address, done));
        const bound = server.address();
        const port = typeof bound === "object" && bound !== null ? bound.port : 0;
        await post("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", {
            ...{ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", addressType: "IPv4" },
            metadata: { name: `${of}-${port}`, labels: { "kubernetes.io/service-name": of } },
            endpoints: [{ addresses: [address], conditions: { ready: true } }],
            ports: [{ name: "http", port, protocol: "TCP" }],
        });
    }

    /** What the program gives a workload of two replicas. */
    async function failover(name: string): Promise<ForFailover> {
        const graph = await captureGraph(() => {
            const identity = { name, app: name, component: "web", partOf: "test" };
            new Failover(name, { workload: new Workload(name, exampleArgs({ identity, run: two })) });
        });
        const names = (["Middleware", "ServersTransport"] as const).map(async (kind) => {
            const found = only(graph, `kubernetes:traefik.io/v1alpha1:${kind}`);
            const metadata = { name: String(at(found, "metadata", "name")) };
            const object = { apiVersion: "traefik.io/v1alpha1", kind, metadata, spec: at(found, "spec") };
            await post(ROUTES.replace("ingressroutes", `${kind.toLowerCase()}s`), object);
            return metadata.name;
        });
        const [middleware = "", serversTransport = ""] = await Promise.all(names);
        return { middlewares: [{ name: middleware }], serversTransport };
    }

    async function route(
        host: string,
        name: string,
        { middlewares, serversTransport }: ForFailover = {},
    ): Promise<void> {
        const services = [{ name, port: 80, serversTransport }];
        const routes = [{ match: `Host(\`${host}\`)`, kind: "Rule", services, middlewares }];
        await eventually("IngressRoutes are served", () => plane.client.find(ROUTES));
        await post(ROUTES, {
            ...{ apiVersion: "traefik.io/v1alpha1", kind: "IngressRoute", metadata: { name } },
            spec: { entryPoints: ["web"], routes },
        });
    }

    /** @returns status and text. */
    function ask(
        entryPoint: keyof typeof ports,
        path: string,
        host = "localhost",
        headers: Readonly<Record<string, string>> = {},
    ): Promise<string> {
        const asked = { host: ADDRESS, port: ports[entryPoint], path, headers: { ...headers, host }, agent: false };
        return new Promise((done, fail) => get(asked, (response) => read(response, done)).on("error", fail));
    }

    /** The same over https, whoever has signed. */
    function askSecurely(entryPoint: keyof typeof ports, host: string): Promise<string> {
        const asked = { host: ADDRESS, port: ports[entryPoint], servername: host, headers: { host }, agent: false };
        return new Promise((done, fail) =>
            getSecurely({ ...asked, rejectUnauthorized: false }, (response) => read(response, done)).on("error", fail),
        );
    }

    function read(response: IncomingMessage, done: (answer: string) => void): void {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.on("end", () => done(`${response.statusCode ?? 0} ${text}`));
    }
});
