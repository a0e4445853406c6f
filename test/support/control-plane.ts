import { generateKeyPairSync } from "node:crypto";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeClient } from "../../lab/kube/client";
import { pause } from "../../lab/pause";
import { createAuthority, issueCertificate, type KeyPair } from "../../lab/pki/certificate";
import { freePorts } from "./free-ports";
import { removeFolder } from "./scratch-folder";
import { testTool } from "./tools";

export interface ControlPlane {
    /** Administrator's kubeconfig with inline certificates; its only context is called `test`. */
    readonly kubeconfig: string;
    readonly client: KubeClient;
    stop(): Promise<void>;
}

/** What runs beside etcd and the API server. */
export type Controller = "kube-controller-manager" | "kube-scheduler";

type Program = Controller | "etcd" | "kube-apiserver";

/**
 * Starts a real control plane on free ports of one loopback address, without nodes. Takes about 4 s.
 * @throws Error with the last log lines of the process that ended too early.
 */
export async function startControlPlane(controllers: readonly Controller[] = []): Promise<ControlPlane> {
    const folder = await mkdtemp(join(tmpdir(), "control-plane-"));
    // An address for each process: a port that is free now is then not taken by a test that runs beside this one.
    const address = `127.77.${(process.pid >> 8) & 255}.${process.pid & 255 || 1}`;
    const [etcdPort, peerPort, apiPort, managerPort, schedulerPort] = await freePorts(address, 5);
    const ca = await createAuthority("test");
    const server = await issueCertificate(ca, { commonName: "api", ipAddresses: [address], usages: ["server"] });
    const group = "system:masters";
    const admin = await issueCertificate(ca, { commonName: "admin", organization: group, usages: ["client"] });
    const file = async (name: string, text: string) => {
        await writeFile(join(folder, name), text, { mode: 0o600 });
        return join(folder, name);
    };
    const kubeconfig = kubeconfigText(`https://${address}:${apiPort}`, ca, admin);
    const kubeconfigFile = await file("kubeconfig", kubeconfig);
    const caFile = await file("ca.crt", ca.certificate);
    const accountKeyFile = await file("accounts.key", accountKey());
    const etcd = `http://${address}:${etcdPort}`;
    const peer = `http://${address}:${peerPort}`;
    const processes: Process[] = [];
    const start = (name: Program, args: string[]) => {
        const process = new Process(name, args, folder);
        processes.push(process);
        return process;
    };
    const stop = async () => {
        client.close();
        await Promise.all(processes.reverse().map((process) => process.stop()));
        removeFolder(folder);
    };
    const client = KubeClient.fromKubeconfig(kubeconfig);
    try {
        // prettier-ignore
        start("etcd", [
            "--data-dir", join(folder, "etcd"), "--unsafe-no-fsync", "--log-level", "error",
            "--listen-client-urls", etcd, "--advertise-client-urls", etcd,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", `default=${peer}`,
        ]);
        // prettier-ignore
        start("kube-apiserver", [
            "--etcd-servers", etcd, "--bind-address", address, "--secure-port", `${apiPort}`,
            "--advertise-address", "10.99.1.1", "--endpoint-reconciler-type", "none", "--allow-privileged=true",
            "--tls-cert-file", await file("api.crt", server.certificate),
            "--tls-private-key-file", await file("api.key", server.key),
            "--client-ca-file", caFile, "--service-account-issuer", "https://kubernetes.default.svc",
            "--service-account-key-file", accountKeyFile, "--service-account-signing-key-file", accountKeyFile,
            "--service-cluster-ip-range", "10.43.0.0/16", "--authorization-mode", "RBAC",
        ]);
        await ready(client, processes);
        if (controllers.includes("kube-controller-manager")) {
            // prettier-ignore
            start("kube-controller-manager", [
                "--kubeconfig", kubeconfigFile, "--leader-elect=false", "--secure-port", `${managerPort}`,
                "--service-account-private-key-file", accountKeyFile, "--root-ca-file", caFile, "--use-service-account-credentials=false",
                "--bind-address", address, "--kube-api-qps", "300", "--kube-api-burst", "600",
                // Nodes of these tests have no kubelet whose heartbeat could be missed.
                "--node-monitor-grace-period", "1h",
            ]);
        }
        if (controllers.includes("kube-scheduler")) {
            // prettier-ignore
            start("kube-scheduler", [
                "--kubeconfig", kubeconfigFile, "--leader-elect=false", "--secure-port", `${schedulerPort}`, "--bind-address", address,
            ]);
        }
        await defaultNamespace(client, processes);
    } catch (error) {
        await stop();
        throw error;
    }
    return { kubeconfig, client, stop };
}

class Process {
    private readonly child: ChildProcess;
    private tail = "";
    private ended: string | undefined;

    constructor(
        private readonly name: Program,
        args: readonly string[],
        folder: string,
    ) {
        this.child = spawn(testTool(name), args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
        this.child.stderr?.on("data", (chunk: Buffer) => (this.tail = (this.tail + chunk.toString()).slice(-4000)));
        this.child.on("error", (error) => (this.ended = error.message));
        this.child.on("exit", (code, signal) => (this.ended = `exit code ${code ?? signal}`));
    }

    throwIfEnded(): void {
        if (this.ended !== undefined) throw new Error(`${this.name} ended (${this.ended}):\n${this.tail}`);
    }

    async stop(): Promise<void> {
        if (this.ended !== undefined) return;
        const gone = new Promise((done) => this.child.once("exit", done));
        this.child.kill("SIGKILL");
        await gone;
    }
}

async function ready(client: KubeClient, processes: readonly Process[]): Promise<void> {
    const deadline = Date.now() + 60_000;
    for (;;) {
        for (const process of processes) process.throwIfEnded();
        try {
            await client.get("/readyz", { timeoutMs: 2_000 });
            return;
        } catch (error) {
            if (Date.now() > deadline) throw error;
            await pause(100);
        }
    }
}

/** The API server makes it a moment after it says that it is ready. */
async function defaultNamespace(client: KubeClient, processes: readonly Process[]): Promise<void> {
    const path = "/api/v1/namespaces/default";
    const deadline = Date.now() + 30_000;
    while (!(await client.find(path))) {
        for (const process of processes) process.throwIfEnded();
        if (Date.now() > deadline) throw new Error("the namespace default did not appear within 30 s");
        await pause(50);
    }
}

function kubeconfigText(server: string, ca: KeyPair, admin: KeyPair): string {
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    return JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "test",
        contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
        clusters: [{ name: "test", cluster: { server, "certificate-authority-data": base64(ca.certificate) } }],
        users: [
            {
                name: "admin",
                user: {
                    "client-certificate-data": base64(admin.certificate),
                    "client-key-data": base64(admin.key),
                },
            },
        ],
    });
}

/** The API server reads elliptic keys only in their older form. */
function accountKey(): string {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    return privateKey.export({ type: "sec1", format: "pem" }).toString();
}
