import * as pulumi from "@pulumi/pulumi";
import type * as k8s from "@pulumi/kubernetes";
import type { CertManagerHandle } from "../../certificates/cert-manager";
import { chartRelease } from "../../chart-release";
import { Namespace } from "../../namespace";
import { charts } from "../../versions";
import { fastEviction, HOST_LABEL } from "../../workload";

export interface PostgresOperatorArgs {
    /**
     * For clusters that keep an archive: operator and plugin prove themselves to each other with certificates of its making.
     * `undefined`: none keeps one.
     */
    readonly archives: { readonly certificates: CertManagerHandle } | undefined;
}

/** Namespace of the operator; network policies name it. */
export const OPERATOR_NAMESPACE = "cnpg-system";

/** CloudNativePG: makes and mends clusters of PostgreSQL, with the plugin that keeps their archives in a bucket. */
export class PostgresOperator extends pulumi.ComponentResource {
    /** What brings a `Cluster` waits for it. */
    readonly release: k8s.helm.v3.Release;
    /** What brings an `ObjectStore` waits for it; `undefined` where no cluster keeps an archive. */
    readonly archiver: k8s.helm.v3.Release | undefined;

    constructor(name: string, args: PostgresOperatorArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:data:PostgresOperator", name, {}, opts);
        const namespace = new Namespace(
            OPERATOR_NAMESPACE,
            { podSecurity: "restricted", partOf: "databases" },
            { parent: this },
        );
        const common = { namespace: namespace.name };
        this.release = chartRelease(
            `${name}-operator`,
            { ...common, releaseName: "cloudnative-pg", pin: charts.cloudNativePg, values: { ...operatorValues() } },
            { parent: this },
        );
        this.archiver =
            args.archives &&
            chartRelease(
                `${name}-archiver`,
                {
                    ...common,
                    releaseName: "plugin-barman-cloud",
                    pin: charts.pluginBarmanCloud,
                    values: { ...pluginValues() },
                },
                // It is found by the operator, in its namespace, with certificates that are there.
                { parent: this, dependsOn: [this.release, ...args.archives.certificates.installed] },
            );
        this.registerOutputs();
    }
}

type Affinity = k8s.types.input.core.v1.Affinity;

/** Where and with how much a part of a chart runs. */
interface Placed {
    readonly affinity: Affinity;
    readonly tolerations: readonly k8s.types.input.core.v1.Toleration[];
    readonly resources: k8s.types.input.core.v1.ResourceRequirements;
}

/** Values of CloudNativePG's chart that the house sets. */
export interface OperatorValues extends Placed {
    readonly replicaCount: number;
}

/** Values of the Barman Cloud plugin's chart that the house sets. */
export type PluginValues = Placed;

/**
 * Values of cloudnative-pg 0.29. Nobody is promoted without the operator: the one that works and the one that waits are on
 * two hosts, or the host that takes both the operator and who writes with it costs the five minutes of an eviction.
 */
export function operatorValues(): OperatorValues {
    const operators = { matchLabels: { "app.kubernetes.io/name": "cloudnative-pg" } };
    return {
        replicaCount: 2,
        affinity: {
            nodeAffinity: onHosts(),
            podAntiAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: operators, topologyKey: HOST_LABEL }],
            },
        },
        tolerations: fastEviction(),
        resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "384Mi" } },
    };
}

function onHosts(): k8s.types.input.core.v1.NodeAffinity {
    const known = [{ matchExpressions: [{ key: HOST_LABEL, operator: "Exists" }] }];
    return { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: known } };
}

/**
 * Values of plugin-barman-cloud 0.7. The operator does nothing for a cluster with an archive, and promotes nobody, while the
 * plugin is away; a second one would not be ready, and the release would never be. So it leaves a dead node at once.
 */
export function pluginValues(): PluginValues {
    return {
        affinity: { nodeAffinity: onHosts() },
        tolerations: fastEviction(0),
        resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
    };
}
