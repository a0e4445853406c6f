import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";

/**
 * Pod Security Standard of a namespace. `restricted` admits every workload that gives up none of its defaults;
 * `baseline` also those that run as root; `privileged` everything: host paths, host network, all devices.
 */
export type PodSecurity = "restricted" | "baseline" | "privileged";

export interface NamespaceArgs {
    readonly podSecurity: PodSecurity;
    /** `app.kubernetes.io/part-of` of the namespace: an area of the house. */
    readonly partOf: string;
    /** Name in Kubernetes; default: the name of the component. */
    readonly name?: string;
}

/**
 * A namespace that says what its pods may do. The level is enforced; what is not `restricted` is
 * written to the audit log, so that a chart's weakness shows.
 */
export class Namespace extends pulumi.ComponentResource {
    /** The namespace's name, known once it exists: what uses it waits for it. */
    readonly name: pulumi.Output<string>;
    readonly resource: k8s.core.v1.Namespace;

    constructor(name: string, args: NamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:namespace:Namespace", name, { podSecurity: args.podSecurity }, opts);
        const enforced = "pod-security.kubernetes.io";
        this.resource = new k8s.core.v1.Namespace(
            `${name}-namespace`,
            {
                metadata: {
                    name: args.name ?? name,
                    labels: {
                        "app.kubernetes.io/part-of": args.partOf,
                        "app.kubernetes.io/managed-by": "pulumi",
                        [`${enforced}/enforce`]: args.podSecurity,
                        [`${enforced}/warn`]: args.podSecurity,
                        [`${enforced}/audit`]: "restricted",
                    },
                },
            },
            { parent: this },
        );
        this.name = this.resource.metadata.name;
        this.registerOutputs({ name: this.name });
    }
}
