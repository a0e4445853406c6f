import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import type { ExistingNode } from "../inventory";
import type { Gate } from "../k3s";
import { readKubeconfig } from "../kubeconfig";
import { inspectCluster, type ClusterClaims } from "./inspection";

export interface ExistingClusterArgs extends Omit<ClusterClaims, "nodes"> {
    /** Name of the cluster: as long as it stays, everything in the cluster stays when the kubeconfig changes. */
    readonly clusterName: string;
    /** Kubeconfig of an administrator; secret. */
    readonly kubeconfig: pulumi.Output<string>;
    /** Context of the kubeconfig; `undefined`: the one that it names as current. */
    readonly context: string | undefined;
    /** The nodes that the house may use. */
    readonly nodes: readonly ExistingNode[];
    readonly gate: Gate;
    /** How long the gate waits for the nodes, in minutes. */
    readonly budgetMinutes: number;
}

/**
 * A cluster that was there before the house. Its nodes get the labels that the house places pods by, as fields of their
 * own: a label that somebody else has set to another value is never overwritten, and the labels stay when the house goes.
 * Everything else in the cluster comes after them. What the configuration says of the cluster is looked at in each `up`, and
 * what is not so stops it before anything is changed.
 */
export class ExistingCluster extends pulumi.ComponentResource {
    /** For all that is put into the cluster. */
    readonly provider: k8s.Provider;
    /** Kubeconfig; secret. */
    readonly kubeconfig: pulumi.Output<string>;
    /** Address of the API server. */
    readonly url: pulumi.Output<string>;

    constructor(name: string, args: ExistingClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:existing:ExistingCluster", name, { clusterName: args.clusterName }, opts);
        this.url = pulumi.unsecret(args.kubeconfig.apply((text) => serverOf(text, args.context)));
        this.kubeconfig = args.gate({
            kubeconfig: args.kubeconfig,
            context: args.context,
            planned: args.nodes.map((node) => ({ name: node.name, labels: {} })),
            machineIds: [],
            budgetMinutes: args.budgetMinutes,
            resource: this,
            inspect: (access) => inspectCluster(access, args),
        });
        const labels = this.labelNodes(args);
        this.provider = new k8s.Provider(
            "kubernetes",
            // What somebody changed with kubectl belongs to kubectl from then on; `up` takes it back instead of stopping.
            { ...this.access(args), enablePatchForce: true },
            { parent: this, dependsOn: labels },
        );
        this.registerOutputs({ url: this.url });
    }

    private labelNodes(args: ExistingClusterArgs): k8s.core.v1.NodePatch[] {
        // A provider of its own: it never takes a field from its owner, as the one of the house does.
        const provider = new k8s.Provider("kubernetes-nodes", this.access(args), { parent: this });
        // To take a patch back, the plugin applies an empty one, and that makes a Node where the machine is gone with its
        // node (pulumi/pulumi-kubernetes#2194): without a kubelet, and with a pod of each DaemonSet waiting for it.
        const opts = { parent: this, provider, retainOnDelete: true };
        return args.nodes.map(
            ({ name, labels }) =>
                new k8s.core.v1.NodePatch(`node-${name}`, { metadata: { name, labels: { ...labels } } }, opts),
        );
    }

    private access({ clusterName, context }: ExistingClusterArgs): k8s.ProviderArgs {
        return {
            kubeconfig: this.kubeconfig,
            ...(context === undefined ? {} : { context }),
            clusterIdentifier: clusterName,
            enableServerSideApply: true,
        };
    }
}

function serverOf(kubeconfig: string, context: string | undefined): string {
    const { access, problem } = readKubeconfig(kubeconfig, context);
    if (access === undefined) {
        throw new Error(`the kubeconfig ${problem}, which loadConfig should have refused`);
    }
    return access.server;
}
