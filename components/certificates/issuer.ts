import type * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import type { CertManager } from "./cert-manager";

/** Whoever signs the house's certificates; `name` is that of a `ClusterIssuer`. */
export interface Issuer {
    readonly name: pulumi.Output<string>;
    readonly resource: k8s.apiextensions.CustomResource;
}

export function certificateLabels(name: string): Readonly<Record<string, string>> {
    return {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/component": "certificate",
        "app.kubernetes.io/part-of": "certificates",
        "app.kubernetes.io/managed-by": "pulumi",
    };
}

export interface ClusterIssuerArgs {
    readonly issuerName: string;
    readonly certManager: CertManager;
    readonly spec: Readonly<Record<string, unknown>>;
}

export function clusterIssuer(
    name: string,
    { issuerName, certManager, spec }: ClusterIssuerArgs,
    parent: pulumi.Resource,
): Issuer {
    const resource = new k8s.apiextensions.CustomResource(
        name,
        {
            apiVersion: "cert-manager.io/v1",
            kind: "ClusterIssuer",
            metadata: { name: issuerName, labels: certificateLabels(issuerName) },
            spec,
        },
        { parent, dependsOn: certManager.release },
    );
    return { name: resource.metadata.name, resource };
}
