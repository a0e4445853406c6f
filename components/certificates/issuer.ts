import type * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import type { CertManagerHandle } from "./cert-manager";

/** Whoever signs the house's certificates: an `Issuer`, which signs in its own namespace only. */
export interface Issuer {
    readonly name: pulumi.Output<string>;
    readonly namespace: pulumi.Output<string>;
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

export interface IssuerArgs {
    readonly issuerName: string;
    readonly certManager: CertManagerHandle;
    readonly spec: Readonly<Record<string, unknown>>;
}

/** Of one namespace and not of the cluster: nobody else gets certificates in the name of the house. */
export function houseIssuer(
    name: string,
    { issuerName, certManager, spec }: IssuerArgs,
    parent: pulumi.Resource,
): Issuer {
    const resource = new k8s.apiextensions.CustomResource(
        name,
        {
            apiVersion: "cert-manager.io/v1",
            kind: "Issuer",
            metadata: { name: issuerName, namespace: certManager.namespace, labels: certificateLabels(issuerName) },
            spec,
        },
        { parent, dependsOn: [...certManager.installed] },
    );
    return { name: resource.metadata.name, namespace: certManager.namespace, resource };
}
