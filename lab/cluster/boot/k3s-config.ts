import { parseDocument } from "yaml";
import { isRecord, textOf } from "../../plain-values";
import { reasonOf } from "../../reason";
import { parseJoinToken } from "./join-token";
import { K3sFatalError } from "./k3s-fatal-error";
import { checkAuditPolicy, checkRegistries, kubeletSettings, type KubeletSettings } from "./k3s-files";
import type { CloudConfig, GuestFile } from "./user-data";

export const K3S_CONFIG_PATH = "/etc/rancher/k3s/config.yaml";
/** What a server keeps on its disk. */
export const SERVER_DIRECTORY = "/var/lib/rancher/k3s/server/";
const NODE_PASSWORD_PATH = "/etc/rancher/node/password";
const TLS_DIRECTORY = `${SERVER_DIRECTORY}tls/`;
const MANIFESTS_DIRECTORY = `${SERVER_DIRECTORY}manifests/`;

export { K3sFatalError } from "./k3s-fatal-error";

/** What k3s reads from its configuration file and its installer's environment. */
export interface K3sConfig {
    readonly role: "server" | "agent";
    /** `INSTALL_K3S_VERSION`, for example `v1.36.3+k3s1`. */
    readonly version: string;
    readonly clusterInit: boolean;
    /** URL of the server to join; `undefined` on the first server. */
    readonly server: string | undefined;
    /** Addresses that a server with an empty disk asks, and joins: the first one before it makes a cluster. */
    readonly rejoin: readonly string[];
    readonly token: string | undefined;
    readonly agentToken: string | undefined;
    readonly nodeName: string | undefined;
    readonly nodeIp: string | undefined;
    /** Password of the node that the user-data puts onto an empty disk; `undefined`: k3s makes one up. */
    readonly nodePassword?: string | undefined;
    /** File with the resolvers of pods that take their node's; a path of the machine. */
    readonly resolvConf: string | undefined;
    readonly labels: Readonly<Record<string, string>>;
    readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
    readonly tlsSans: readonly string[];
    readonly clusterCidr: string;
    readonly serviceCidr: string;
    readonly clusterDns: string;
    readonly disabled: readonly string[];
    readonly apiServerArgs: readonly string[];
    /** Settings that must be equal on all servers, by key. */
    readonly critical: Readonly<Record<string, string>>;
    /** Files below `/var/lib/rancher/k3s/server/tls/`, by name. */
    readonly tls: Readonly<Record<string, string>>;
    /** Files below `/var/lib/rancher/k3s/server/manifests/`, by path; not there where there are none. */
    readonly manifests?: Readonly<Record<string, string>>;
    /** Other files right below `/var/lib/rancher/k3s/server/`, by name. */
    readonly serverFiles?: Readonly<Record<string, string>>;
    readonly kubelet: KubeletSettings;
}

// k3s-io/docs docs/cli/server.md and docs/cli/agent.md, release 1.36.
const AGENT_KEYS = [
    "token", "token-file", "server", "node-name", "with-node-id", "node-label", "node-taint", "node-ip", "node-external-ip",
    "resolv-conf", "kubelet-arg", "kube-proxy-arg", "flannel-iface", "private-registry", "protect-kernel-defaults", "selinux",
    "data-dir", "debug", "lb-server-port", "image-credential-provider-bin-dir", "image-credential-provider-config",
    "disable-default-registry-endpoint", "snapshotter", "pause-image", "default-runtime", "rootless", "prefer-bundled-bin",
]; // prettier-ignore
const SERVER_KEYS = [
    ...AGENT_KEYS,
    "cluster-init", "cluster-reset", "agent-token", "agent-token-file", "tls-san", "tls-san-security", "bind-address", "https-listen-port",
    "advertise-address", "advertise-port", "cluster-cidr", "service-cidr", "service-node-port-range", "cluster-dns", "cluster-domain",
    "flannel-backend", "flannel-ipv6-masq", "flannel-external-ip", "egress-selector-mode", "servicelb-namespace", "write-kubeconfig",
    "write-kubeconfig-mode", "write-kubeconfig-group", "secrets-encryption", "secrets-encryption-provider", "etcd-arg",
    "kube-apiserver-arg", "kube-scheduler-arg", "kube-controller-manager-arg", "kube-cloud-controller-manager-arg", "datastore-endpoint",
    "etcd-expose-metrics", "etcd-disable-snapshots", "etcd-snapshot-name", "etcd-snapshot-schedule-cron", "etcd-snapshot-retention",
    "etcd-snapshot-dir", "etcd-snapshot-compress", "etcd-s3", "etcd-s3-config-secret", "etcd-s3-endpoint", "etcd-s3-bucket",
    "etcd-s3-region", "etcd-s3-folder", "disable", "disable-scheduler", "disable-cloud-controller", "disable-kube-proxy",
    "disable-network-policy", "disable-helm-controller", "embedded-registry", "supervisor-metrics", "helm-job-image", "kine-tls",
    "default-local-storage-path", "system-default-registry", "vpn-auth", "log", "alsologtostderr", "v", "vmodule",
]; // prettier-ignore
const CRITICAL_KEYS = [
    "agent-token", "cluster-cidr", "service-cidr", "cluster-dns", "cluster-domain", "disable-cloud-controller", "disable-helm-controller",
    "disable-network-policy", "egress-selector-mode", "embedded-registry", "flannel-backend", "flannel-external-ip", "flannel-ipv6-masq",
    "secrets-encryption",
]; // prettier-ignore

/**
 * Finds k3s in what cloud-init did: the installer's command line and the configuration file.
 * @returns `undefined` when nothing installs k3s on this machine.
 * @throws K3sFatalError when k3s is installed but cannot start.
 */
export function k3sFromCloudConfig(config: CloudConfig): K3sConfig | undefined {
    const install = config.commands.find((line) => line.includes("get.k3s.io") || line.includes("INSTALL_K3S_VERSION"));
    if (!install) return undefined;
    const version = /INSTALL_K3S_VERSION=["']?([^\s"']+)/.exec(install)?.[1];
    if (!version)
        throw new K3sFatalError(
            "[ERROR] INSTALL_K3S_VERSION is not set: the installer would take whatever the channel offers today",
        );
    const file = config.files.find((f) => f.path === K3S_CONFIG_PATH);
    const values = file ? readYaml(file) : {};
    const role = roleOf(install, values);
    const known = new Set(role === "server" ? SERVER_KEYS : AGENT_KEYS);
    const unknown = Object.keys(values).find((key) => !known.has(key.replace(/\+$/, "")));
    if (unknown !== undefined)
        throw new K3sFatalError(
            `level=fatal msg="flag provided but not defined: -${unknown}" (${K3S_CONFIG_PATH}, k3s ${role})`,
        );
    if (file && values["token"] !== undefined && !/^0?[46]00$/.test(file.permissions))
        throw new K3sFatalError(
            `${K3S_CONFIG_PATH} holds the token and has the mode ${file.permissions}; the lab's machines refuse that: write it with 0600`,
        );
    const apiServerArgs = list(values["kube-apiserver-arg"]);
    checkAuditPolicy(apiServerArgs, config);
    checkRegistries(config);
    return {
        role,
        version,
        clusterInit: values["cluster-init"] === true,
        server: text(values["server"]),
        rejoin: rejoinAddresses(config.commands),
        token: token(values["token"]),
        agentToken: token(values["agent-token"]),
        nodeName: text(values["node-name"]),
        nodeIp: list(values["node-ip"])[0],
        nodePassword: givenPassword(config),
        resolvConf: text(values["resolv-conf"]),
        labels: Object.fromEntries([...kubeletLabels(values), ...list(values["node-label"])].map(splitLabel)),
        taints: list(values["node-taint"]).map(splitTaint),
        tlsSans: list(values["tls-san"]),
        clusterCidr: text(values["cluster-cidr"]) ?? "10.42.0.0/16",
        serviceCidr: text(values["service-cidr"]) ?? "10.43.0.0/16",
        clusterDns: text(values["cluster-dns"]) ?? "10.43.0.10",
        disabled: list(values["disable"]).flatMap((entry) => entry.split(",")),
        apiServerArgs,
        critical: Object.fromEntries(
            CRITICAL_KEYS.filter((key) => values[key] !== undefined).map((key) => [key, textOf(values[key])]),
        ),
        tls: filesBelow(TLS_DIRECTORY, config),
        manifests: filesBelow(MANIFESTS_DIRECTORY, config),
        serverFiles: Object.fromEntries(
            Object.entries(filesBelow(SERVER_DIRECTORY, config)).filter(([path]) => !path.includes("/")),
        ),
        kubelet: kubeletSettings(config),
    };
}

/** Contents by path below a folder. */
function filesBelow(folder: string, config: CloudConfig): Record<string, string> {
    const files = config.files.filter((file) => file.path.startsWith(folder));
    return Object.fromEntries(files.map((file) => [file.path.slice(folder.length), file.content]));
}

function readYaml(file: GuestFile): Record<string, unknown> {
    const document = parseDocument(file.content);
    const fault = document.errors[0];
    if (fault) throw new K3sFatalError(`level=fatal msg="yaml: ${fault.message.split("\n")[0]}" (${file.path})`);
    const value: unknown = document.toJS() ?? {};
    if (!isRecord(value)) throw new K3sFatalError(`level=fatal msg="yaml: the top is not a mapping" (${file.path})`);
    return value;
}

/** The installer's rule: the word on its command line, else `agent` where a server to join is named in the environment. */
function roleOf(install: string, values: Record<string, unknown>): "server" | "agent" {
    const word = /(?:sh\s+-s?\s*-?|INSTALL_K3S_EXEC=["']?)\s*(server|agent)\b/.exec(install)?.[1];
    if (word === "server" || word === "agent") return word;
    return /\bK3S_URL=/.test(install) || (values["server"] !== undefined && values["cluster-init"] === undefined)
        ? "agent"
        : "server";
}

/** No shell runs in the lab: this is the one form of the question that it understands. */
function rejoinAddresses(commands: readonly string[]): string[] {
    const asking = commands.find((line) => line.includes("/cacerts") && line.includes("cluster-init: false"));
    const addresses = /\bfor \w+ in ([^;]+);/.exec(asking ?? "")?.[1];
    return addresses?.trim().split(/\s+/) ?? [];
}

/** As above: a file in its place, or one that a command copies there where there is none. */
function givenPassword({ files, commands }: CloudConfig): string | undefined {
    const copying = new RegExp(`^test -s ${NODE_PASSWORD_PATH} \\|\\| install -m 600 (\\S+) ${NODE_PASSWORD_PATH}$`);
    const source = commands.map((line) => copying.exec(line)?.[1]).find((path) => path !== undefined);
    return files.find(({ path }) => path === (source ?? NODE_PASSWORD_PATH))?.content.trim();
}

function token(value: unknown): string | undefined {
    const given = text(value);
    try {
        if (given !== undefined) parseJoinToken(given);
    } catch (error) {
        throw new K3sFatalError(`level=fatal msg="${reasonOf(error)}"`);
    }
    return given;
}

/** Those that the kubelet is told without k3s; a sign before the equals sign says where k3s puts its own. */
function kubeletLabels(values: Record<string, unknown>): string[] {
    return list(values["kubelet-arg"])
        .map((argument) => /^(?:--)?node-labels[+-]?=(.+)$/.exec(argument)?.[1] ?? "")
        .flatMap((labels) => labels.split(","))
        .filter((label) => label !== "");
}

function splitLabel(entry: string): [string, string] {
    const at = entry.indexOf("=");
    if (at < 0) throw new K3sFatalError(`level=fatal msg="invalid node-label ${entry}: expected key=value"`);
    return [entry.slice(0, at), entry.slice(at + 1)];
}

function splitTaint(entry: string): { key: string; value?: string; effect: string } {
    const parts = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(entry);
    const [, key, value, effect] = parts ?? [];
    if (key === undefined || effect === undefined)
        throw new K3sFatalError(`level=fatal msg="invalid node-taint ${entry}: expected key[=value]:effect"`);
    return { key, ...(value && { value }), effect };
}

function text(value: unknown): string | undefined {
    return value === undefined || value === null ? undefined : textOf(value);
}

function list(value: unknown): string[] {
    if (value === undefined || value === null) return [];
    return Array.isArray(value) ? value.map(textOf) : [textOf(value)];
}
