import type { KubeObject } from "../../kube/client";

/**
 * Name of the network policy controller in its client certificate (`CN`). In k3s it has none of its own: it is a part
 * of the server and of each agent there.
 */
export const NETWORK_POLICY_USER = "system:kube-router";

export interface NetworkPolicyOptions {
    /** Path of `kube-router` in the machine. */
    readonly program: string;
    /**
     * Its node object must be there with an `InternalIP`: where it is not, the program ends with an exit code other
     * than 0, as it does after a minute without API server, and is to be started anew.
     */
    readonly nodeName: string;
    /** Path in the machine of a kubeconfig whose user is {@link NETWORK_POLICY_USER}. */
    readonly kubeconfig: string;
    /** Addresses of Services, as the API server gives them out; such as `10.43.0.0/16`. */
    readonly serviceCidr: string;
}

/** A program that a machine runs as long as it is on. */
export interface NetworkPolicyProcess {
    readonly name: "kube-router";
    readonly command: string;
    readonly args: readonly string[];
    /** Beside what the machine gives every program; `PATH` must lead to `iptables` and `ipset`. */
    readonly env: Readonly<Record<string, string>>;
}

/**
 * The network policy controller of k3s, which is kube-router's, as a program of its own: k3s compiles it in. It holds
 * rules for the pods of its own node, in the machine's network only, and leaves kube-proxy's tables alone. What no
 * policy permits gets an ICMP answer, so it is refused at once; traffic of the node to its own pods, such as probes,
 * always passes.
 */
export function networkPolicyProcess(options: NetworkPolicyOptions): NetworkPolicyProcess {
    return {
        name: "kube-router",
        command: options.program,
        args: [
            "--run-firewall=true",
            // Routes are the lab's, Services are kube-proxy's, interfaces are those of the CNI plugins.
            "--run-router=false",
            "--run-service-proxy=false",
            "--enable-cni=false",
            `--kubeconfig=${options.kubeconfig}`,
            `--service-cluster-ip-range=${options.serviceCidr}`,
            "--health-port=0",
            "--metrics-port=0",
        ],
        // Goes before the machine's host name, which may not be the node's; its flag for this comes last.
        env: { NODE_NAME: options.nodeName },
    };
}

const READ = ["get", "list", "watch"];

/** What {@link NETWORK_POLICY_USER} may do: read what it waits for at its start, even where it needs no such thing. */
export function networkPolicyAccess(): readonly KubeObject[] {
    const name = NETWORK_POLICY_USER;
    const api = "rbac.authorization.k8s.io";
    return [
        {
            apiVersion: `${api}/v1`,
            kind: "ClusterRole",
            metadata: { name },
            rules: [
                { apiGroups: [""], resources: ["pods", "namespaces", "nodes", "services", "endpoints"], verbs: READ },
                { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: READ },
                { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: READ },
            ],
        },
        {
            apiVersion: `${api}/v1`,
            kind: "ClusterRoleBinding",
            metadata: { name },
            roleRef: { apiGroup: api, kind: "ClusterRole", name },
            subjects: [{ apiGroup: api, kind: "User", name }],
        },
    ];
}
