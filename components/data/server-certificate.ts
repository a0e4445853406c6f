import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import * as tls from "@pulumi/tls";
import { objectLabels, type Identity, type KeyFiles } from "../workload";

/** Hours of twenty years: an authority for one server, which nobody else trusts. */
const AUTHORITY_HOURS = 20 * 365 * 24;
/** Hours of ten years; within the last of them the next `up` signs a new one, which the server reads at its next start. */
const SERVER_HOURS = 10 * 365 * 24;
const RENEWAL_HOURS = 365 * 24;

export interface ServerCertificateArgs {
    /** Whose it is; names the objects and decides their labels. */
    readonly identity: Identity;
    readonly namespace: pulumi.Input<string>;
}

/** A certificate for a server inside the cluster, by an authority of its own, so that a client can tell it from another. */
export class ServerCertificate extends pulumi.ComponentResource {
    /** For the server: `tls.crt` and `tls.key`. */
    readonly serverFiles: KeyFiles;
    /** For its clients: `ca.crt`. */
    readonly authorityFiles: KeyFiles;

    constructor(name: string, args: ServerCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:data:ServerCertificate", name, { server: args.identity.name }, opts);
        const { identity, namespace } = args;
        const child = { parent: this };
        const authority = createAuthority(name, identity, child);
        const server = signServer(name, args, authority, child);
        const metadata = (suffix: string) => ({
            name: `${identity.name}-${suffix}`,
            namespace,
            labels: objectLabels(identity),
        });
        const secret = new k8s.core.v1.Secret(
            `${name}-files`,
            {
                metadata: metadata("tls"),
                type: "Opaque",
                stringData: { "tls.crt": server.certificate.certPem, "tls.key": server.key.privateKeyPem },
            },
            child,
        );
        const config = new k8s.core.v1.ConfigMap(
            `${name}-authority-file`,
            { metadata: metadata("authority"), data: { "ca.crt": authority.certificate.certPem } },
            child,
        );
        this.serverFiles = { kind: "secret-files", name: "server-certificate", objectName: secret.metadata.name };
        // For every user: it is no secret, and a client's pod may have no group that owns its volumes.
        const mode = 0o444;
        this.authorityFiles = { kind: "config-files", name: "authority", objectName: config.metadata.name, mode };
        this.registerOutputs();
    }
}

function createKey(name: string, opts: pulumi.CustomResourceOptions): tls.PrivateKey {
    return new tls.PrivateKey(name, { algorithm: "ECDSA", ecdsaCurve: "P256" }, opts);
}

function createAuthority(name: string, identity: Identity, opts: pulumi.CustomResourceOptions) {
    const key = createKey(`${name}-authority-key`, opts);
    const certificate = new tls.SelfSignedCert(
        `${name}-authority`,
        {
            privateKeyPem: key.privateKeyPem,
            subject: { commonName: `${identity.name} authority` },
            isCaCertificate: true,
            setSubjectKeyId: true,
            validityPeriodHours: AUTHORITY_HOURS,
            allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
        },
        opts,
    );
    return { key, certificate };
}

function signServer(
    name: string,
    { identity, namespace }: ServerCertificateArgs,
    authority: ReturnType<typeof createAuthority>,
    opts: pulumi.CustomResourceOptions,
) {
    const key = createKey(`${name}-key`, opts);
    const service = pulumi.interpolate`${identity.name}.${namespace}`;
    const request = new tls.CertRequest(
        `${name}-request`,
        {
            privateKeyPem: key.privateKeyPem,
            subject: { commonName: identity.name },
            dnsNames: [
                identity.name,
                service,
                pulumi.interpolate`${service}.svc`,
                pulumi.interpolate`${service}.svc.cluster.local`,
            ],
        },
        opts,
    );
    const certificate = new tls.LocallySignedCert(
        `${name}-certificate`,
        {
            certRequestPem: request.certRequestPem,
            caPrivateKeyPem: authority.key.privateKeyPem,
            caCertPem: authority.certificate.certPem,
            validityPeriodHours: SERVER_HOURS,
            earlyRenewalHours: RENEWAL_HOURS,
            allowedUses: ["server_auth", "digital_signature", "key_encipherment"],
        },
        opts,
    );
    return { key, certificate };
}
