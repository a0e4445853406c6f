import type * as pulumi from "@pulumi/pulumi";
import type * as k8s from "@pulumi/kubernetes";
import { governingServiceName } from "./controller";
import { objectLabels, selectorLabels, type Identity } from "./identity";

function portSpecs(ports: Readonly<Record<string, number>>) {
    // The target is the port's name: what the container declares, nothing else.
    return Object.entries(ports).map(([name, port]) => ({ name, port, targetPort: name, protocol: "TCP" }));
}

/** The one address of the workload: its selector is the workload's own. */
export function serviceArgs(
    identity: Identity,
    namespace: pulumi.Input<string>,
    ports: Readonly<Record<string, number>>,
): k8s.core.v1.ServiceArgs {
    return {
        metadata: { name: identity.name, namespace, labels: objectLabels(identity) },
        spec: { type: "ClusterIP", selector: selectorLabels(identity), ports: portSpecs(ports) },
    };
}

/** Names for the pods of a StatefulSet (`<pod>.<service>`); not an address for clients. */
export function governingServiceArgs(
    identity: Identity,
    namespace: pulumi.Input<string>,
    ports: Readonly<Record<string, number>>,
): k8s.core.v1.ServiceArgs {
    return {
        metadata: { name: governingServiceName(identity), namespace, labels: objectLabels(identity) },
        spec: {
            clusterIP: "None",
            selector: selectorLabels(identity),
            // A pod that is starting has a name too, so that replicas can find each other.
            publishNotReadyAddresses: true,
            ports: portSpecs(ports),
        },
    };
}
