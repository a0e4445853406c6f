import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import type { types } from "@pulumi/kubernetes";
import { objectLabels, selectorLabels, type Identity, type Labels } from "./identity";

type NetworkPeer = types.input.networking.v1.NetworkPolicyPeer;
type EgressRule = types.input.networking.v1.NetworkPolicyEgressRule;

/** Pods that are no workload of ours (a chart's, or the cluster's own), named by their labels. */
export interface PodsElsewhere {
    readonly kind: "pods";
    readonly namespace: pulumi.Input<string>;
    readonly labels: Labels;
    /** TCP ports; default: all of the way out, all served ones of the way in. */
    readonly ports?: readonly number[];
}

/** Addresses outside the cluster. */
export interface Addresses {
    readonly kind: "addresses";
    readonly cidr: string;
    /** TCP ports; default: all. */
    readonly ports?: readonly number[];
}

/** Servers on the internet, but nothing on private networks. */
export interface Internet {
    readonly kind: "internet";
    readonly ports: readonly number[];
}

/** A workload that may be talked to by whoever holds this. */
export interface Reachable {
    readonly kind: "workload";
    readonly identity: Identity;
    readonly namespace: pulumi.Input<string>;
    readonly port: number;
}

/** Who may come in besides the workloads that hold a handle. */
export type Admitted = PodsElsewhere;
/** Where a workload may go. */
export type Destination = Reachable | Addresses | Internet | PodsElsewhere;

/** Not the internet: private, carrier, loopback and link-local ranges (RFC 1918, 6598, 1122, 3927). */
const PRIVATE_RANGES = [
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
];

function pods(namespace: pulumi.Input<string>, labels: Labels): NetworkPeer {
    return {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
        podSelector: { matchLabels: labels },
    };
}

function tcpPorts(ports: readonly number[]): types.input.networking.v1.NetworkPolicyPort[] {
    return ports.map((port) => ({ protocol: "TCP", port }));
}

/** Everyone resolves names; the cluster's DNS pods carry this label in k3s and elsewhere. */
const DNS_EGRESS: EgressRule = {
    to: [pods("kube-system", { "k8s-app": "kube-dns" })],
    ports: [
        { protocol: "UDP", port: 53 },
        { protocol: "TCP", port: 53 },
    ],
};

function egressRule(destination: Destination): EgressRule {
    switch (destination.kind) {
        case "workload":
            return {
                to: [pods(destination.namespace, selectorLabels(destination.identity))],
                ports: tcpPorts([destination.port]),
            };
        case "addresses":
            return {
                to: [{ ipBlock: { cidr: destination.cidr } }],
                ...(destination.ports === undefined ? {} : { ports: tcpPorts(destination.ports) }),
            };
        case "internet":
            return {
                to: [{ ipBlock: { cidr: "0.0.0.0/0", except: PRIVATE_RANGES } }],
                ports: tcpPorts(destination.ports),
            };
        case "pods":
            return {
                to: [pods(destination.namespace, destination.labels)],
                ...(destination.ports === undefined ? {} : { ports: tcpPorts(destination.ports) }),
            };
    }
}

/** Nothing in, nothing out, but what is named here. */
export function ownPolicy(
    identity: Identity,
    namespace: pulumi.Input<string>,
    servedPorts: readonly number[],
    admits: readonly Admitted[],
    reaches: readonly Destination[],
): k8s.networking.v1.NetworkPolicyArgs {
    const everywhere = servedPorts.length === 0 ? [] : admits.filter(({ ports }) => ports === undefined);
    const from = (peers: readonly Admitted[]) => peers.map((peer) => pods(peer.namespace, peer.labels));
    const ingress = [
        ...(everywhere.length === 0 ? [] : [{ from: from(everywhere), ports: tcpPorts(servedPorts) }]),
        ...admits.flatMap((peer) => (peer.ports ? [{ from: from([peer]), ports: tcpPorts(peer.ports) }] : [])),
    ];
    return {
        metadata: { name: identity.name, namespace, labels: objectLabels(identity) },
        spec: {
            podSelector: { matchLabels: selectorLabels(identity) },
            policyTypes: ["Ingress", "Egress"],
            ingress,
            egress: [DNS_EGRESS, ...reaches.map(egressRule)],
        },
    };
}

/**
 * The door that a workload opens at another one whose handle it was given. It lies in the namespace of the one that
 * is talked to and belongs, in the program, to the one that talks: handles flow one way, and so does the permission.
 */
export function admission(
    client: Identity,
    clientNamespace: pulumi.Input<string>,
    server: Reachable,
): k8s.networking.v1.NetworkPolicyArgs {
    return {
        metadata: {
            name: `${server.identity.name}-from-${client.name}`,
            namespace: server.namespace,
            labels: objectLabels(server.identity),
        },
        spec: {
            podSelector: { matchLabels: selectorLabels(server.identity) },
            policyTypes: ["Ingress"],
            ingress: [{ from: [pods(clientNamespace, selectorLabels(client))], ports: tcpPorts([server.port]) }],
        },
    };
}
