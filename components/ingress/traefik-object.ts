import type * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import { objectLabels, type Workload } from "../workload";

export interface TraefikObjectArgs {
    readonly kind: "IngressRoute" | "Middleware" | "ServersTransport";
    readonly objectName: string;
    /** The workload that it leads to: it lies beside it and bears its labels. */
    readonly workload: Workload;
    readonly spec: Readonly<Record<string, unknown>>;
    readonly labels?: Readonly<Record<string, string>>;
    /** What has to be there before, besides the pods. */
    readonly after?: readonly pulumi.Resource[];
}

/** An object of one of Traefik's kinds. It comes after the pods: on a fresh cluster k3s needs a minute until they are known. */
export function traefikObject(
    name: string,
    { kind, objectName, workload, spec, labels, after = [] }: TraefikObjectArgs,
    parent: pulumi.Resource,
): k8s.apiextensions.CustomResource {
    return new k8s.apiextensions.CustomResource(
        name,
        {
            apiVersion: "traefik.io/v1alpha1",
            kind,
            metadata: {
                name: objectName,
                namespace: workload.namespace,
                labels: { ...objectLabels(workload.identity), ...labels },
            },
            spec,
        },
        { parent, dependsOn: [workload.controller, ...after] },
    );
}
