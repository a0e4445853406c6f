import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import { chartRelease } from "../chart-release";
import { Namespace } from "../namespace";
import { charts } from "../versions";
import { fastEviction, HOST_LABEL } from "../workload";

export interface LoadBalancerArgs {
    /** The address of the ingress, which no other Service gets. */
    readonly ingress: string;
    /** `<first>-<last>`, for the others; without it, there is none for them. */
    readonly others: string | undefined;
}

const GROUP = "metallb.io/v1beta1";
const LABELS = { "app.kubernetes.io/part-of": "network", "app.kubernetes.io/managed-by": "pulumi" };

/**
 * Gives Services of type LoadBalancer addresses of their own (MetalLB). One node answers for an address in the network of
 * the machines, and another one does when that one dies.
 */
export class LoadBalancer extends pulumi.ComponentResource {
    readonly release: k8s.helm.v3.Release;

    constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:network:LoadBalancer", name, args, opts);
        // Whoever answers for an address does so on the node's own network card, with a raw socket: host network, NET_RAW.
        const { name: namespace } = new Namespace(
            "metallb-system",
            { podSecurity: "privileged", partOf: "network" },
            { parent: this },
        );
        this.release = chartRelease(
            `${name}-metallb`,
            { releaseName: "metallb", pin: charts.metalLb, namespace, values: { ...metalLbValues() } },
            { parent: this },
        );
        const custom = (kind: string, objectName: string, spec: object) =>
            new k8s.apiextensions.CustomResource(
                `${name}-${kind === "IPAddressPool" ? "pool" : "announcement"}-${objectName}`,
                { apiVersion: GROUP, kind, metadata: { name: objectName, namespace, labels: LABELS }, spec },
                { parent: this, dependsOn: this.release },
            );
        // By its name only: who asks for no address in particular gets none of this pool.
        const pools = [custom("IPAddressPool", "ingress", { addresses: [`${args.ingress}/32`], autoAssign: false })];
        if (args.others !== undefined) pools.push(custom("IPAddressPool", "others", { addresses: [args.others] }));
        custom("L2Advertisement", "house", { ipAddressPools: pools.map(({ metadata }) => metadata.name) });
        this.registerOutputs({ ingress: args.ingress });
    }
}

/** Values of MetalLB's chart that the house sets. */
export interface MetalLbValues {
    readonly frrk8s: { readonly enabled: boolean };
    readonly controller: {
        readonly priorityClassName: string;
        readonly tolerations: readonly object[];
        readonly resources: object;
    };
    readonly speaker: {
        readonly frr: { readonly enabled: boolean };
        readonly tolerateMaster: boolean;
        readonly priorityClassName: string;
        readonly affinity: object;
        readonly resources: object;
    };
    readonly crds: { readonly validationFailurePolicy: "Ignore" };
    readonly networkpolicies: { readonly enabled: boolean; readonly defaultDeny: boolean; readonly apiPort: number };
}

export function metalLbValues(): MetalLbValues {
    const resources = (memory: string) => ({ requests: { cpu: "20m", memory }, limits: { memory: "192Mi" } });
    const known = [{ matchExpressions: [{ key: HOST_LABEL, operator: "Exists" }] }];
    return {
        // For BGP, which needs a router that speaks it.
        frrk8s: { enabled: false },
        controller: {
            priorityClassName: "system-cluster-critical",
            tolerations: fastEviction(),
            resources: resources("64Mi"),
        },
        speaker: {
            frr: { enabled: false },
            tolerateMaster: true,
            priorityClassName: "system-node-critical",
            // A joined board may be in another network.
            affinity: {
                nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: known } },
            },
            resources: resources("64Mi"),
        },
        // The controller calls itself ready some seconds before it answers (5 were seen), and is away while its node is dead:
        // a pool would be refused for no mistake of its own. The configuration's rules have seen it before.
        crds: { validationFailurePolicy: "Ignore" },
        // For the controller; a speaker is on its node's network, which policies do not see.
        networkpolicies: { enabled: true, defaultDeny: true, apiPort: 6443 },
    };
}
