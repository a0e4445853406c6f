import type { KubeClient } from "../../kube/client";
import type { KeyPair } from "../../pki/certificate";
import { PATHS, type CertificateObject, type IssuerObject, type SecretObject, type Verdict } from "./objects";

/** How an issuer signs; `undefined` with the reason where it does not. */
export interface Signer {
    /** `self`: each certificate signs itself, as authorities do. */
    readonly authority: KeyPair | "self" | undefined;
    readonly verdict: Verdict;
}

/** Issuers by kind, namespace and name. */
export class Issuers {
    constructor(
        private readonly client: KubeClient,
        /** Where a ClusterIssuer's secrets are: the namespace of cert-manager itself. */
        private readonly home: string,
    ) {}

    /** What an issuer can do, and what it says about that. */
    async signer(issuer: IssuerObject): Promise<Signer> {
        const { ca, selfSigned, acme } = issuer.spec;
        if (ca) return this.authority(ca.secretName, issuer.metadata.namespace ?? this.home);
        if (selfSigned) return { authority: "self", verdict: { ready: true, reason: "IsReady", message: "" } };
        const message = acme
            ? `the lab does not reach ${acme.server}: nothing is issued`
            : "the lab's stand-in for cert-manager knows the kinds ca, selfSigned and acme only";
        return { authority: undefined, verdict: { ready: false, reason: "Pending", message } };
    }

    /** The issuer that a certificate names. */
    async of({ metadata, spec }: CertificateObject): Promise<IssuerObject | undefined> {
        const { name, kind } = spec.issuerRef;
        const path =
            kind === "ClusterIssuer"
                ? `${PATHS.clusterIssuers}/${name}`
                : `${PATHS.root}/namespaces/${metadata.namespace ?? ""}/issuers/${name}`;
        return this.client.find<IssuerObject>(path);
    }

    private async authority(name: string, namespace: string): Promise<Signer> {
        const secret = await this.client.find<SecretObject>(`/api/v1/namespaces/${namespace}/secrets/${name}`);
        const [certificate, key] = ["tls.crt", "tls.key"].map((field) => decoded(secret, field));
        if (certificate && key) {
            const verdict = { ready: true, reason: "KeyPairVerified", message: "Signing CA verified" };
            return { authority: { certificate, key }, verdict };
        }
        const message = `secret ${namespace}/${name} has no tls.crt and tls.key`;
        return { authority: undefined, verdict: { ready: false, reason: "ErrGetKeyPair", message } };
    }
}

/** A field of a secret as text; empty where there is none. */
export function decoded(secret: SecretObject | undefined, field: string): string {
    return Buffer.from(secret?.data?.[field] ?? "", "base64").toString("utf8");
}
