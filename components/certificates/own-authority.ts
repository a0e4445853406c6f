import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import * as tls from "@pulumi/tls";
import type { CertManagerHandle } from "./cert-manager";
import { certificateLabels, houseIssuer, type Issuer } from "./issuer";

/** Hours of ten years: a new one has to be brought to each device of the house again. */
const VALID_HOURS = 10 * 365 * 24;
const NAME = "house-authority";

export interface OwnAuthorityArgs {
    readonly certManager: CertManagerHandle;
    /** Domain of the house; part of the name that devices show. */
    readonly domain: string;
}

/**
 * A certificate authority of the house's own, for names that nobody else vouches for. It is made here and not in the cluster,
 * like the cluster's own authorities: a house that is built anew has the same one, and no device has to learn another.
 */
export class OwnAuthority extends pulumi.ComponentResource {
    readonly issuer: Issuer;
    /** What a device has to trust, PEM. */
    readonly certificatePem: pulumi.Output<string>;

    constructor(name: string, args: OwnAuthorityArgs, opts?: pulumi.ComponentResourceOptions) {
        const { certManager, domain } = args;
        super("homelab:certificates:OwnAuthority", name, { domain }, opts);
        const child = { parent: this };
        const key = new tls.PrivateKey(`${name}-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, child);
        const certificate = new tls.SelfSignedCert(
            `${name}-certificate`,
            {
                privateKeyPem: key.privateKeyPem,
                subject: { commonName: `${domain} authority`, organization: domain },
                isCaCertificate: true,
                setSubjectKeyId: true,
                validityPeriodHours: VALID_HOURS,
                allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
            },
            child,
        );
        this.certificatePem = certificate.certPem;
        const secret = new k8s.core.v1.Secret(
            `${name}-secret`,
            {
                metadata: { name: NAME, namespace: certManager.namespace, labels: certificateLabels(NAME) },
                type: "kubernetes.io/tls",
                stringData: { "tls.crt": certificate.certPem, "tls.key": key.privateKeyPem },
            },
            child,
        );
        const spec = { ca: { secretName: secret.metadata.name } };
        this.issuer = houseIssuer(`${name}-issuer`, { issuerName: NAME, certManager, spec }, this);
        this.registerOutputs({ certificatePem: this.certificatePem });
    }
}
