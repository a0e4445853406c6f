import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { KubeClient } from "../kube/client";
import type { LabPaths } from "../paths";
import { createAuthority, issueCertificate, type KeyPair } from "../pki/certificate";
import { Child } from "../process/child";
import type { K3sConfig } from "./boot/k3s-config";
import type { ControlPlaneSite } from "./chassis";
import { caBundleHash } from "./boot/join-token";

/** Programs that make up a control plane, as absolute paths. */
export interface ControlPlaneTools {
    readonly etcd: string;
    readonly "kube-apiserver": string;
    readonly "kube-controller-manager": string;
    readonly "kube-scheduler": string;
}

export interface ControlPlaneOptions {
    readonly paths: LabPaths;
    readonly tools: ControlPlaneTools;
    readonly site: ControlPlaneSite;
    /** The first server's own address, at which the API server answers. */
    readonly address: string;
    readonly config: K3sConfig;
    /** Seconds without a heartbeat until a node counts as lost; Kubernetes' default is 50. */
    readonly nodeGraceSeconds?: number;
    readonly console: (line: string) => void;
}

interface Pki {
    readonly serverCa: KeyPair;
    readonly clientCa: KeyPair;
    readonly directory: string;
}

export const API_PORT = 6443;
/** Processes of Go keep half as much garbage as they would by default: the lab shares its machine. */
const GO_ENV = { GOGC: "50" };
const READY_BUDGET_MS = 60_000;
/** Advertised where no pod can reach the API server: Endpoints refuse loopback addresses. */
const UNREACHABLE = "10.99.0.1";

/**
 * The control plane that the first server's k3s would run in itself: one etcd, API server, controller manager and
 * scheduler stand for those of all servers.
 */
export class ControlPlane {
    private constructor(
        private readonly children: readonly Child[],
        private readonly pki: Pki,
        /** Takes the house's address of the API server back. */
        private readonly withdraw: () => Promise<void>,
        /** `https://address:6443`. */
        readonly url: string,
        /** Administrator's kubeconfig, signed by the cluster's own client CA. */
        readonly kubeconfig: string,
        /** Hash of the CA that a full join token names. */
        readonly caHash: string,
        readonly config: K3sConfig,
    ) {}

    /** @throws Error with the end of the log of the process that did not come up. */
    static async start(options: ControlPlaneOptions): Promise<ControlPlane> {
        const { address, config, paths, tools, site } = options;
        const url = `https://${address}:${API_PORT}`;
        const inner = site.inner(address);
        const pki = await writePki(options);
        const admin = await issueCertificate(pki.clientCa, {
            commonName: "system:admin",
            organization: "system:masters",
            usages: ["client"],
        });
        const kubeconfig = kubeconfigText(url, pki.serverCa.certificate, admin);
        const child = (name: keyof ControlPlaneTools, args: readonly string[], stopGraceMs = 5_000) =>
            new Child({
                name,
                ...site.place(tools[name], args),
                env: { ...process.env, ...GO_ENV },
                logFile: join(paths.logs, `${name}.log`),
                pidDirectory: paths.run,
                restart: true,
                stopGraceMs,
            });
        const children = [child("etcd", etcdArgs(paths, inner))];
        // It would wait a minute for whoever watches, and holds nothing that could be lost.
        children.push(child("kube-apiserver", await apiServerArgs(options, pki), 500));
        const withdraw = await site.publish(address, API_PORT);
        const client = KubeClient.fromKubeconfig(kubeconfig);
        try {
            await untilReady(client, children);
            const managers = ["kube-controller-manager", "kube-scheduler"] as const;
            for (const name of managers) {
                const kubeconfigFile = await componentKubeconfig(name, `https://${inner}:${API_PORT}`, pki);
                const args = name === "kube-scheduler" ? schedulerArgs(inner) : controllerManagerArgs(options, pki);
                children.push(child(name, [...args, "--kubeconfig", kubeconfigFile]));
            }
        } catch (error) {
            for (const running of children) await running.stop();
            await withdraw();
            throw error;
        } finally {
            client.close();
        }
        writeFileSync(paths.kubeconfig, kubeconfig, { mode: 0o600 });
        const caHash = caBundleHash(pki.serverCa.certificate);
        return new ControlPlane(children, pki, withdraw, url, kubeconfig, caHash, config);
    }

    /** Certificate of the authority that signs clients: kubelets believe whoever shows one of them. */
    get clientAuthority(): string {
        return this.pki.clientCa.certificate;
    }

    /**
     * A kubeconfig for a component, signed by the cluster's own client CA.
     * @param server URL at which the component reaches the API server. @param organization its group in Kubernetes
     */
    async kubeconfigFor(server: string, commonName: string, organization?: string): Promise<string> {
        const usages = ["client" as const];
        const pair = await issueCertificate(this.pki.clientCa, {
            commonName,
            usages,
            ...(organization !== undefined && { organization }),
        });
        return kubeconfigText(server, this.pki.serverCa.certificate, pair);
    }

    async stop(): Promise<void> {
        // The API server last but one and etcd last: the others write until they end.
        const [etcd, apiServer, ...managers] = this.children;
        await Promise.all(managers.map((child) => child.stop()));
        await this.withdraw();
        await apiServer?.stop();
        await etcd?.stop();
    }
}

function etcdArgs(paths: LabPaths, address: string): string[] {
    const client = `http://${address}:2379`;
    return [
        ...["--name", "lab", "--data-dir", join(paths.cluster, "etcd")],
        ...[
            "--listen-client-urls",
            client,
            "--advertise-client-urls",
            client,
            "--listen-peer-urls",
            `http://${address}:2380`,
        ],
        ...[
            "--initial-cluster",
            `lab=http://${address}:2380`,
            "--initial-advertise-peer-urls",
            `http://${address}:2380`,
        ],
        // The lab may lose its last second at a power cut of the machine it runs on; it gains half of the start-up time.
        "--unsafe-no-fsync",
        ...["--log-level", "warn"],
    ];
}

async function apiServerArgs({ address, config, site }: ControlPlaneOptions, pki: Pki): Promise<string[]> {
    const { advertised } = site;
    const inner = site.inner(address);
    const serviceIp = config.serviceCidr.replace(/\.\d+\/\d+$/, ".1");
    const serving = await issueCertificate(pki.serverCa, {
        commonName: "kube-apiserver",
        usages: ["server"],
        ipAddresses: [address, inner, advertised ?? address, serviceIp, ...config.tlsSans.filter(isAddress)].filter(
            unique,
        ),
        dnsNames: [
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
            "localhost",
            ...config.tlsSans.filter((name) => !isAddress(name)),
        ].filter(unique),
    });
    const file = (name: string) => join(pki.directory, name);
    writeFileSync(file("serving.crt"), serving.certificate + pki.serverCa.certificate);
    writeFileSync(file("serving.key"), serving.key, { mode: 0o600 });
    return [
        ...["--etcd-servers", `http://${inner}:2379`, "--bind-address", site.apiListen(address)],
        ...["--secure-port", String(API_PORT), "--advertise-address", advertised ?? UNREACHABLE],
        ...(advertised === undefined ? ["--endpoint-reconciler-type", "none"] : await kubeletClientArgs(pki)),
        ...[
            "--service-cluster-ip-range",
            config.serviceCidr,
            "--authorization-mode",
            "Node,RBAC",
            "--allow-privileged=true",
        ],
        ...["--tls-cert-file", file("serving.crt"), "--tls-private-key-file", file("serving.key")],
        ...["--client-ca-file", file("client-ca.crt")],
        // As k3s has it: a kubelet may write its own node and the pods on it, nothing else.
        ...["--enable-admission-plugins", "NodeRestriction"],
        ...[
            "--requestheader-client-ca-file",
            file("request-header-ca.crt"),
            "--requestheader-allowed-names",
            "system:auth-proxy",
        ],
        ...[
            "--requestheader-extra-headers-prefix",
            "X-Remote-Extra-",
            "--requestheader-group-headers",
            "X-Remote-Group",
        ],
        ...["--requestheader-username-headers", "X-Remote-User"],
        ...["--service-account-issuer", "https://kubernetes.default.svc.cluster.local"],
        ...[
            "--service-account-key-file",
            file("service.key"),
            "--service-account-signing-key-file",
            file("service.key"),
        ],
        "--profiling=false",
        ...config.apiServerArgs.map((arg) => `--${arg}`),
    ];
}

/** For logs and exec. Kubelets sign their own serving certificates, as k3s' do not: nobody else is on the lab's network. */
async function kubeletClientArgs(pki: Pki): Promise<string[]> {
    const pair = await issueCertificate(pki.clientCa, {
        commonName: "kube-apiserver",
        organization: "system:masters",
        usages: ["client"],
    });
    const [certificate, key] = [join(pki.directory, "kubelet-client.crt"), join(pki.directory, "kubelet-client.key")];
    writeFileSync(certificate, pair.certificate);
    writeFileSync(key, pair.key, { mode: 0o600 });
    return [
        ...["--kubelet-client-certificate", certificate, "--kubelet-client-key", key],
        ...["--kubelet-preferred-address-types", "InternalIP"],
        // Webhooks and aggregated APIs are asked at their pods: no kube-proxy runs where the API server does.
        "--enable-aggregator-routing=true",
        ...["--proxy-client-cert-file", join(pki.directory, "proxy-client.crt")],
        ...["--proxy-client-key-file", join(pki.directory, "proxy-client.key")],
    ];
}

function controllerManagerArgs({ address, site, config, nodeGraceSeconds }: ControlPlaneOptions, pki: Pki): string[] {
    return [
        ...[
            "--bind-address",
            site.inner(address),
            "--leader-elect=false",
            "--use-service-account-credentials=true",
            "--profiling=false",
        ],
        ...["--allocate-node-cidrs=true", "--cluster-cidr", config.clusterCidr],
        ...["--service-cluster-ip-range", config.serviceCidr],
        ...["--service-account-private-key-file", join(pki.directory, "service.key")],
        ...["--root-ca-file", join(pki.directory, "server-ca.crt")],
        ...(nodeGraceSeconds
            ? ["--node-monitor-grace-period", `${nodeGraceSeconds}s`, "--node-monitor-period", "1s"]
            : []),
    ];
}

function schedulerArgs(address: string): string[] {
    return ["--bind-address", address, "--leader-elect=false", "--profiling=false"];
}

async function writePki({ paths, config, console }: ControlPlaneOptions): Promise<Pki> {
    const directory = join(paths.cluster, "tls");
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const authority = async (name: string): Promise<KeyPair> => {
        const certificate = config.tls[`${name}.crt`];
        const key = config.tls[`${name}.key`];
        const file = (ending: string) => join(directory, `${name}.${ending}`);
        const keep = (pair: KeyPair) => {
            writeFileSync(file("crt"), pair.certificate);
            writeFileSync(file("key"), pair.key, { mode: 0o600 });
            return pair;
        };
        if (certificate && key) return keep({ certificate, key });
        console(
            `level=info msg="certificate CN=k3s-${name} self-signed" (no ${name}.crt with its key was given: kubeconfigs and tokens made elsewhere do not fit)`,
        );
        // What k3s made at its first start stays on its disk.
        if (existsSync(file("crt")) && existsSync(file("key")))
            return { certificate: readFileSync(file("crt"), "utf8"), key: readFileSync(file("key"), "utf8") };
        return keep(await createAuthority(`k3s-${name}@lab`));
    };
    const serverCa = await authority("server-ca");
    const clientCa = await authority("client-ca");
    const proxy = await issueCertificate(await authority("request-header-ca"), {
        commonName: "system:auth-proxy",
        usages: ["client"],
    });
    writeFileSync(join(directory, "proxy-client.crt"), proxy.certificate);
    writeFileSync(join(directory, "proxy-client.key"), proxy.key, { mode: 0o600 });
    const serviceKey = join(directory, "service.key");
    const given = config.tls["service.key"];
    if (given !== undefined || !existsSync(serviceKey))
        writeFileSync(serviceKey, given ?? newServiceKey(), { mode: 0o600 });
    return { serverCa, clientCa, directory };
}

function newServiceKey(): string {
    return generateKeyPairSync("rsa", { modulusLength: 2048 })
        .privateKey.export({ type: "pkcs1", format: "pem" })
        .toString();
}

async function componentKubeconfig(name: string, url: string, pki: Pki): Promise<string> {
    const pair = await issueCertificate(pki.clientCa, { commonName: `system:${name}`, usages: ["client"] });
    const file = join(pki.directory, `${name}.kubeconfig`);
    writeFileSync(file, kubeconfigText(url, pki.serverCa.certificate, pair), { mode: 0o600 });
    return file;
}

function kubeconfigText(server: string, ca: string, user: KeyPair): string {
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    return stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "lab",
        clusters: [{ name: "lab", cluster: { server, "certificate-authority-data": base64(ca) } }],
        contexts: [{ name: "lab", context: { cluster: "lab", user: "lab" } }],
        users: [
            {
                name: "lab",
                user: { "client-certificate-data": base64(user.certificate), "client-key-data": base64(user.key) },
            },
        ],
    });
}

async function untilReady(client: KubeClient, children: readonly Child[]): Promise<void> {
    const deadline = Date.now() + READY_BUDGET_MS;
    for (;;) {
        try {
            await client.request("GET", "/readyz", { timeoutMs: 2_000 });
            return;
        } catch (error) {
            if (Date.now() < deadline && children.every((child) => child.crashes < 3)) {
                await new Promise((done) => setTimeout(done, 100));
                continue;
            }
            const logs = children.map((child) => `${child.name}:\n${child.tail()}`).join("\n");
            throw new Error(
                `the control plane is not ready after ${READY_BUDGET_MS / 1000} s: ${String(error)}\n${logs}`,
            );
        }
    }
}

function isAddress(text: string): boolean {
    return /^\d+\.\d+\.\d+\.\d+$/.test(text) || text.includes(":");
}

function unique<T>(value: T, index: number, all: readonly T[]): boolean {
    return all.indexOf(value) === index;
}
