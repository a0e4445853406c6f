import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/** Hours of twenty years: k3s does not renew authorities that it was given, and a dead one is a dead cluster. */
const AUTHORITY_HOURS = 20 * 365 * 24;
/** Hours of five years; within the last of them the next `up` signs a new one. */
const ADMIN_HOURS = 5 * 365 * 24;
const ADMIN_RENEWAL_HOURS = 365 * 24;

/** Authorities below the root, by the file name (without ending) that k3s looks for in `server/tls/`. */
const AUTHORITIES = {
    "server-ca": "k3s-server-ca",
    "client-ca": "k3s-client-ca",
    "request-header-ca": "k3s-request-header-ca",
    "etcd/server-ca": "etcd-server-ca",
    "etcd/peer-ca": "etcd-peer-ca",
} as const;

type AuthorityFile = keyof typeof AUTHORITIES;

interface Authority {
    readonly key: tls.PrivateKey;
    readonly certificate: tls.LocallySignedCert;
}

/**
 * Every certificate authority of a cluster, made before any machine exists. So the kubeconfig is known from the start,
 * and a join token can name the root that a joining machine must meet. Root keys stay here; only the first server gets
 * the others, and hands them to further servers itself.
 */
export class ClusterCertificates extends pulumi.ComponentResource {
    /** The root alone, PEM. Its fingerprint is part of the join token. */
    readonly rootPem: pulumi.Output<string>;
    /** What a client trusts: the authority of the API server, then the root. PEM. */
    readonly serverBundlePem: pulumi.Output<string>;
    /** The administrator's certificate, with its authority. PEM. */
    readonly adminCertificatePem: pulumi.Output<string>;
    readonly adminKeyPem: pulumi.Output<string>;
    /** Files of the first server below `/var/lib/rancher/k3s/server/tls/`, contents by name. */
    readonly serverFiles: Readonly<Record<string, pulumi.Output<string>>>;

    constructor(name: string, args: { readonly clusterName: string }, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:k3s:ClusterCertificates", name, { clusterName: args.clusterName }, opts);
        const child: pulumi.CustomResourceOptions = { parent: this };
        const root = createRoot(name, args.clusterName, child);
        this.rootPem = root.certificate.certPem;
        const authorities = mapAuthorities((title) => createAuthority(`${name}-${title}`, title, root, child));
        const serviceKey = new tls.PrivateKey(`${name}-service`, { algorithm: "RSA", rsaBits: 2048 }, child);
        const bundle = (authority: Authority) => pulumi.interpolate`${authority.certificate.certPem}${this.rootPem}`;
        this.serverBundlePem = bundle(authorities["server-ca"]);
        const admin = createAdmin(`${name}-admin`, authorities["client-ca"], child);
        this.adminCertificatePem = pulumi.interpolate`${admin.certificate.certPem}${authorities["client-ca"].certificate.certPem}`;
        this.adminKeyPem = admin.key.privateKeyPem;
        this.serverFiles = {
            ...tlsFiles(authorities, bundle),
            // Accounts of pods: tokens are signed and verified with it. PKCS#1, as k3s writes it itself.
            "service.key": serviceKey.privateKeyPem,
        };
        this.registerOutputs({ rootPem: this.rootPem });
    }
}

function mapAuthorities(create: (title: string) => Authority): Record<AuthorityFile, Authority> {
    const make = (file: AuthorityFile): Authority => create(AUTHORITIES[file]);
    return {
        "server-ca": make("server-ca"),
        "client-ca": make("client-ca"),
        "request-header-ca": make("request-header-ca"),
        "etcd/server-ca": make("etcd/server-ca"),
        "etcd/peer-ca": make("etcd/peer-ca"),
    };
}

function tlsFiles(
    authorities: Record<AuthorityFile, Authority>,
    bundle: (authority: Authority) => pulumi.Output<string>,
): Record<string, pulumi.Output<string>> {
    const files: Record<string, pulumi.Output<string>> = {};
    for (const [file, authority] of Object.entries(authorities)) {
        // Authority and root, never the authority alone: the token's hash follows another rule for a single certificate.
        files[`${file}.crt`] = bundle(authority);
        files[`${file}.key`] = authority.key.privateKeyPem;
    }
    return files;
}

interface Root {
    readonly key: tls.PrivateKey;
    readonly certificate: tls.SelfSignedCert;
}

function ellipticKey(name: string, opts: pulumi.CustomResourceOptions): tls.PrivateKey {
    return new tls.PrivateKey(name, { algorithm: "ECDSA", ecdsaCurve: "P256" }, opts);
}

const AUTHORITY_USES = ["cert_signing", "digital_signature", "key_encipherment"];

function createRoot(name: string, clusterName: string, opts: pulumi.CustomResourceOptions): Root {
    const key = ellipticKey(`${name}-root`, opts);
    const certificate = new tls.SelfSignedCert(
        `${name}-root`,
        {
            privateKeyPem: key.privateKeyPem,
            subject: { commonName: `${clusterName} root`, organization: clusterName },
            isCaCertificate: true,
            // k3s takes for the root whose authority is itself or unnamed.
            setSubjectKeyId: true,
            validityPeriodHours: AUTHORITY_HOURS,
            allowedUses: AUTHORITY_USES,
        },
        opts,
    );
    return { key, certificate };
}

function createAuthority(name: string, title: string, root: Root, opts: pulumi.CustomResourceOptions): Authority {
    const key = ellipticKey(name, opts);
    const request = new tls.CertRequest(
        name,
        { privateKeyPem: key.privateKeyPem, subject: { commonName: title, organization: "k3s" } },
        opts,
    );
    const certificate = new tls.LocallySignedCert(
        name,
        {
            certRequestPem: request.certRequestPem,
            caPrivateKeyPem: root.key.privateKeyPem,
            caCertPem: root.certificate.certPem,
            isCaCertificate: true,
            setSubjectKeyId: true,
            validityPeriodHours: AUTHORITY_HOURS,
            allowedUses: AUTHORITY_USES,
        },
        opts,
    );
    return { key, certificate };
}

/** The administrator as k3s makes its own: this name in this group, signed by the authority of clients. */
function createAdmin(name: string, clientAuthority: Authority, opts: pulumi.CustomResourceOptions): Authority {
    const key = ellipticKey(name, opts);
    const request = new tls.CertRequest(
        name,
        {
            privateKeyPem: key.privateKeyPem,
            subject: { commonName: "system:admin", organization: "system:masters" },
        },
        opts,
    );
    const certificate = new tls.LocallySignedCert(
        name,
        {
            certRequestPem: request.certRequestPem,
            caPrivateKeyPem: clientAuthority.key.privateKeyPem,
            caCertPem: clientAuthority.certificate.certPem,
            validityPeriodHours: ADMIN_HOURS,
            earlyRenewalHours: ADMIN_RENEWAL_HOURS,
            allowedUses: ["client_auth", "digital_signature", "key_encipherment"],
        },
        // Nothing is lost with it: the next one is as good.
        { ...opts, protect: false },
    );
    return { key, certificate };
}
