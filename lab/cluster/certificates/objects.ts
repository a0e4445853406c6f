import type { KubeObject } from "../../kube/client";

interface Condition {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
    readonly lastTransitionTime?: string;
}

/** The parts of cert-manager's objects that the lab's stand-in for it reads. */
export interface IssuerObject extends KubeObject {
    spec: { ca?: { secretName: string }; selfSigned?: object; acme?: { server: string } };
    status?: { conditions?: Condition[] };
}

export interface CertificateObject extends KubeObject {
    spec: {
        secretName: string;
        commonName?: string;
        dnsNames?: string[];
        ipAddresses?: string[];
        isCA?: boolean;
        usages?: string[];
        issuerRef: { name: string; kind?: string };
    };
    status?: { conditions?: Condition[]; notAfter?: string };
}

export interface SecretObject extends KubeObject {
    type?: string;
    data?: Record<string, string>;
}

export interface DeploymentObject extends KubeObject {
    status?: { readyReplicas?: number };
}

export const PATHS = {
    root: "/apis/cert-manager.io/v1",
    certificates: "/apis/cert-manager.io/v1/certificates",
    issuers: "/apis/cert-manager.io/v1/issuers",
    clusterIssuers: "/apis/cert-manager.io/v1/clusterissuers",
    secrets: "/api/v1/secrets",
    deployments: "/apis/apps/v1/deployments",
} as const;

/** Whether an object has what is asked of it, and in which words it says so. */
export interface Verdict {
    readonly ready: boolean;
    readonly reason: string;
    readonly message: string;
}

export function readiness({ ready, reason, message }: Verdict): Condition {
    return { type: "Ready", status: ready ? "True" : "False", reason, message };
}

/** Whether an object says so already: a status that is written again would be a change, and be told of again. */
export function says(conditions: readonly Condition[] | undefined, verdict: Verdict): boolean {
    const wanted = readiness(verdict);
    return (conditions ?? []).some(
        ({ type, status, reason, message }) =>
            type === wanted.type && status === wanted.status && reason === wanted.reason && message === wanted.message,
    );
}
