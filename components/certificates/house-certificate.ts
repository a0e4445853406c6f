import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import { certificateLabels, type Issuer } from "./issuer";

export interface HouseCertificateArgs {
    /** It is valid for this name and for all that are one label below it. */
    readonly domain: string;
    /** Certificate and key are kept where it is: Traefik takes its default store from whichever namespace has it. */
    readonly issuer: Issuer;
}

const NAME = "house-tls";

/**
 * The one certificate of the house, which Traefik answers with wherever a route names no other. A wildcard: the names of the
 * programs stay out of the public log of certificates, and a new program waits for nothing.
 */
export class HouseCertificate extends pulumi.ComponentResource {
    /** Routes that are answered with it wait for it. */
    readonly store: k8s.apiextensions.CustomResource;

    constructor(name: string, args: HouseCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
        const { domain, issuer } = args;
        const { namespace } = issuer;
        super("homelab:certificates:HouseCertificate", name, { domain }, opts);
        const certificate = new k8s.apiextensions.CustomResource(
            `${name}-certificate`,
            {
                apiVersion: "cert-manager.io/v1",
                kind: "Certificate",
                metadata: { name: NAME, namespace, labels: certificateLabels(NAME) },
                spec: {
                    secretName: NAME,
                    commonName: domain,
                    dnsNames: [domain, `*.${domain}`],
                    issuerRef: { group: "cert-manager.io", kind: "Issuer", name: issuer.name },
                    privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
                },
            },
            { parent: this, dependsOn: issuer.resource },
        );
        this.store = new k8s.apiextensions.CustomResource(
            `${name}-store`,
            {
                apiVersion: "traefik.io/v1alpha1",
                kind: "TLSStore",
                // The only name that Traefik looks for, and once in a cluster.
                metadata: { name: "default", namespace, labels: certificateLabels(NAME) },
                spec: { defaultCertificate: { secretName: NAME } },
            },
            // k3s installs Traefik's kinds at about the same time as the cluster starts: the chart's minute is time enough.
            { parent: this, dependsOn: certificate },
        );
        this.registerOutputs({ domain });
    }
}
