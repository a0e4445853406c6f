import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeClient, KubeObject } from "../../kube/client";
import type { LabPaths } from "../../paths";
import { pause } from "../../pause";
import { Child } from "../../process/child";
import type { NodeStart } from "../chassis";
import { API_PORT } from "../control-plane";
import { LAN } from "./addresses";
import type { Lan } from "./lan";
import type { Namespaces } from "./namespaces";
import { NETWORK_POLICY_USER, networkPolicyProcess } from "./network-policy";
import { cniConfig, kubeletArguments, kubeletConfig, NODE_PATHS, proxyConfig, reservedLabels } from "./node-files";

export interface NodeProcessOptions {
    readonly paths: LabPaths;
    readonly machine: string;
    readonly inside: Namespaces;
}

interface Node extends KubeObject {
    spec: { podCIDR?: string };
}

/** The cluster's API server, as machines reach it. */
const SERVER = `https://${LAN.address}:${API_PORT}`;
const REGISTRATION_BUDGET_MS = 60_000;
const RETRY_MS = 100;
const ENVIRONMENT = { PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };

/** Programs that the lab gives to each machine. */
export const nodePrograms = ["containerd", "containerd-shim-runc-v2", "kubelet", "kube-proxy", "kube-router"] as const;
export type NodeProgram = (typeof nodePrograms)[number];

/** Starts a program of a machine's node; started again when it ends by itself, as systemd would. */
export function nodeProcess(
    { paths, machine, inside }: NodeProcessOptions,
    name: NodeProgram,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
): Child {
    return new Child({
        name: `${machine}.${name}`,
        ...inside.enter(...politely(name, `/usr/local/bin/${name}`, args)),
        env: { ...ENVIRONMENT, ...env },
        logFile: join(paths.logs, `${machine}.${name}.log`),
        pidDirectory: paths.run,
        restart: true,
        // The power has gone by then.
        stopGraceMs: 0,
    });
}

/**
 * Machines stand behind what they all wait for, which is the control plane and the engine. Each change of a pod or a policy
 * makes kube-router write all rules anew, on every machine: a third of all work while a house comes up. Behind the others it
 * takes several changes at once.
 */
function politely(name: NodeProgram, command: string, args: readonly string[]): [string, readonly string[]] {
    const niceness = name === "kube-router" ? 19 : 5;
    return ["/usr/bin/nice", ["-n", String(niceness), command, ...args]];
}

/**
 * Writes what kubelet and kube-proxy need, starts both, and connects the node's pods with the others'.
 * @returns the processes @throws Error when the node does not register in time
 */
export async function startNodeProcesses(
    options: NodeProcessOptions & { readonly cgroup: string; readonly lan: Lan },
    { identity, guest, plane, client, heartbeatMs, power }: NodeStart,
): Promise<Child[]> {
    const { inside, cgroup, lan } = options;
    const { config } = guest;
    const write = (path: string, text: string) => writeFileSync(inside.path(path), text, { mode: 0o600 });
    write(NODE_PATHS.clientAuthority, plane.clientAuthority);
    write(NODE_PATHS.kubeletConfig, kubeletConfig({ identity, config, cgroup, heartbeatMs }));
    write(
        NODE_PATHS.kubeletKubeconfig,
        await plane.kubeconfigFor(SERVER, `system:node:${identity.name}`, "system:nodes"),
    );
    write(NODE_PATHS.proxyConfig, proxyConfig(identity.name, config));
    write(NODE_PATHS.proxyKubeconfig, await plane.kubeconfigFor(SERVER, "system:kube-proxy"));
    write(NODE_PATHS.policyKubeconfig, await plane.kubeconfigFor(SERVER, NETWORK_POLICY_USER));
    const policies = networkPolicyProcess({
        program: "/usr/local/bin/kube-router",
        nodeName: identity.name,
        kubeconfig: NODE_PATHS.policyKubeconfig,
        serviceCidr: config.serviceCidr,
    });
    const children = [
        nodeProcess(options, "kubelet", kubeletArguments(identity)),
        nodeProcess(options, "kube-proxy", ["--config", NODE_PATHS.proxyConfig]),
    ];
    try {
        const podCidr = await registered(client, identity.name, children, power);
        if (podCidr === undefined) return children;
        write(NODE_PATHS.cniConfig, cniConfig(podCidr));
        await lan.route(podCidr, identity.address);
        await giveLabels(client, identity.name, reservedLabels(identity));
        children.push(nodeProcess(options, policies.name, policies.args, policies.env));
        return children;
    } catch (error) {
        for (const child of children) await child.stop();
        throw error;
    }
}

/** Waits until the node has registered and was given its pods' network. */
async function registered(
    client: KubeClient,
    name: string,
    children: readonly Child[],
    power: AbortSignal,
): Promise<string | undefined> {
    const deadline = Date.now() + REGISTRATION_BUDGET_MS;
    while (!power.aborted) {
        const node = await client.find<Node>(`/api/v1/nodes/${name}`);
        if (node?.spec.podCIDR !== undefined) return node.spec.podCIDR;
        if (Date.now() > deadline) {
            const logs = children.map((child) => `${child.name}:\n${child.tail(5)}`).join("\n");
            throw new Error(`${name} has not registered after ${REGISTRATION_BUDGET_MS / 1000} s\n${logs}`);
        }
        await pause(RETRY_MS, power);
    }
    return undefined;
}

async function giveLabels(client: KubeClient, name: string, labels: Record<string, string>): Promise<void> {
    if (Object.keys(labels).length === 0) return;
    await client.request("PATCH", `/api/v1/nodes/${name}`, {
        contentType: "application/merge-patch+json",
        body: { metadata: { labels } },
    });
}
