import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabPaths } from "../../paths";
import { issueCertificate } from "../../pki/certificate";
import { SERVER_DIRECTORY } from "../boot/k3s-config";
import { API_PORT, type ControlPlaneOptions } from "./options";
import type { Pki } from "./pki";

/** Advertised where no pod can reach the API server: Endpoints refuse loopback addresses. */
const UNREACHABLE = "10.99.0.1";

export function etcdArgs(paths: LabPaths, address: string): string[] {
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

/** Arguments from the machine's configuration, with the files that they name where the lab keeps a server's disk. */
function givenArgs({ paths, config }: ControlPlaneOptions): string[] {
    const disk = join(paths.cluster, "server");
    mkdirSync(disk, { recursive: true, mode: 0o700 });
    for (const [name, content] of Object.entries(config.serverFiles ?? {}))
        writeFileSync(join(disk, name), content, { mode: 0o600 });
    return config.apiServerArgs.map((arg) => `--${arg.replace(`=${SERVER_DIRECTORY}`, `=${disk}/`)}`);
}

/** Writes the API server's certificate. A running API server reads it again when it changes. @param config with its names */
export async function writeServingCertificate(
    { address, config, site }: Pick<ControlPlaneOptions, "address" | "config" | "site">,
    pki: Pki,
): Promise<void> {
    const { advertised, home, inner } = site;
    const serviceIp = config.serviceCidr.replace(/\.\d+\/\d+$/, ".1");
    const serving = await issueCertificate(pki.serverCa, {
        commonName: "kube-apiserver",
        usages: ["server"],
        ipAddresses: [address, home, inner, advertised ?? home, serviceIp, ...config.tlsSans.filter(isAddress)].filter(
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
    writeFileSync(join(pki.directory, "serving.crt"), serving.certificate + pki.serverCa.certificate);
    writeFileSync(join(pki.directory, "serving.key"), serving.key, { mode: 0o600 });
}

export async function apiServerArgs(options: ControlPlaneOptions, pki: Pki): Promise<string[]> {
    const { config, site } = options;
    const { advertised, inner } = site;
    await writeServingCertificate(options, pki);
    const file = (name: string) => join(pki.directory, name);
    return [
        ...["--etcd-servers", `http://${inner}:2379`, "--bind-address", site.apiListen],
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
        ...givenArgs(options),
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

export function controllerManagerArgs({ site, config, nodeGraceSeconds }: ControlPlaneOptions, pki: Pki): string[] {
    return [
        ...[
            "--bind-address",
            site.inner,
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

export function schedulerArgs(address: string): string[] {
    return ["--bind-address", address, "--leader-elect=false", "--profiling=false"];
}

function isAddress(text: string): boolean {
    return /^\d+\.\d+\.\d+\.\d+$/.test(text) || text.includes(":");
}

function unique<T>(value: T, index: number, all: readonly T[]): boolean {
    return all.indexOf(value) === index;
}
