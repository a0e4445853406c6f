import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import type { CertManagerHandle } from "./cert-manager";
import { certificateLabels, houseIssuer, type Issuer } from "./issuer";
import type { Route53Access } from "./route53-access";

/**
 * Let's Encrypt's directories. `staging` signs with an authority that no device trusts, and has room for trials: of the real
 * one, a week's five certificates for the same names are soon used up (`letsencrypt.org`, page on rate limits).
 */
const DIRECTORIES = {
    production: "https://acme-v02.api.letsencrypt.org/directory",
    staging: "https://acme-staging-v02.api.letsencrypt.org/directory",
} as const;

export type Directory = keyof typeof DIRECTORIES;

export interface LetsEncryptArgs {
    readonly certManager: CertManagerHandle;
    readonly directory: Directory;
    /** Who is told when a certificate is about to end. */
    readonly email: string;
    /** The zone of the domain: its names are proven there, and nothing of the house has to be reachable. */
    readonly zone: Route53Access;
}

/** Let's Encrypt, by DNS-01: for a domain of one's own, so that every device trusts the house without learning anything. */
export class LetsEncrypt extends pulumi.ComponentResource {
    readonly issuer: Issuer;

    constructor(name: string, args: LetsEncryptArgs, opts?: pulumi.ComponentResourceOptions) {
        const { certManager, directory, email, zone } = args;
        super("homelab:certificates:LetsEncrypt", name, { directory, email }, opts);
        const issuerName = `lets-encrypt-${directory}`;
        const key = new k8s.core.v1.Secret(
            `${name}-route53`,
            {
                metadata: { name: "route53", namespace: certManager.namespace, labels: certificateLabels("route53") },
                type: "Opaque",
                stringData: { "access-key-id": zone.accessKeyId, "secret-access-key": zone.secretAccessKey },
            },
            { parent: this },
        );
        const from = (field: string) => ({ name: key.metadata.name, key: field });
        const route53 = {
            region: zone.region,
            hostedZoneID: zone.hostedZoneId,
            accessKeyIDSecretRef: from("access-key-id"),
            secretAccessKeySecretRef: from("secret-access-key"),
        };
        const spec = {
            acme: {
                email,
                server: DIRECTORIES[directory],
                privateKeySecretRef: { name: `${issuerName}-account` },
                solvers: [{ dns01: { route53 } }],
            },
        };
        this.issuer = houseIssuer(`${name}-issuer`, { issuerName, certManager, spec }, this);
        this.registerOutputs({ directory });
    }
}
