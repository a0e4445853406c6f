import type { KubeClient, KubeObject } from "../../kube/client";
import { follow } from "../../kube/follow";
import { pause } from "../../pause";
import { reasonOf } from "../../reason";
import { endOf, isGood, issue } from "./issue";
import { Issuers } from "./issuers";
import {
    PATHS,
    readiness,
    says,
    type CertificateObject,
    type DeploymentObject,
    type IssuerObject,
    type SecretObject,
    type Verdict,
} from "./objects";

export interface CertificateOptions {
    readonly client: KubeClient;
    readonly signal: AbortSignal;
    readonly log: (line: string) => void;
}

const LOOK_MS = 2_000;
/** A certificate comes to its end, which no watch tells. */
const RENEW_MS = 3_600_000;

/**
 * Does what cert-manager does for issuers that need nobody outside: certificates that are asked for are signed and put into
 * their secrets, for as long as the chart's idle pod is ready. ACME issuers stay as they are, and say so.
 */
export class CertificateController {
    private changed = true;
    private lookedAt = 0;

    constructor(private readonly options: CertificateOptions) {}

    /** Ends with the signal. */
    async run(): Promise<void> {
        const { client, signal, log } = this.options;
        await this.untilServed();
        const note = () => void (this.changed = true);
        for (const path of [PATHS.certificates, PATHS.issuers, PATHS.clusterIssuers, PATHS.secrets])
            void follow<KubeObject>({
                ...{ client, path, signal, log, changed: note, deleted: note },
                ...(path === PATHS.secrets && { query: { fieldSelector: "type=kubernetes.io/tls" } }),
            });
        let told: string | undefined;
        const isOver = () => signal.aborted;
        while (!isOver()) {
            try {
                if (this.changed || Date.now() - this.lookedAt > RENEW_MS) await this.look();
                told = undefined;
            } catch (error) {
                const why = reasonOf(error);
                if (why !== told && !isOver()) log(`cert-manager: ${why}`);
                told = why;
                this.changed = true;
            }
            await pause(LOOK_MS / 4, signal);
        }
    }

    /** The kinds come with the chart, which some houses do not have. */
    private async untilServed(): Promise<void> {
        const { client, signal } = this.options;
        for (const path of [PATHS.certificates, PATHS.issuers, PATHS.clusterIssuers]) {
            const served = () => client.find(path).catch(() => undefined);
            while (!signal.aborted && !(await served())) await pause(LOOK_MS, signal);
        }
    }

    private async look(): Promise<void> {
        const { client } = this.options;
        const { items: pods } = await client.get<{ items: DeploymentObject[] }>(PATHS.deployments, {
            query: { labelSelector: "app=cert-manager" },
        });
        const running = pods.find(({ status }) => (status?.readyReplicas ?? 0) > 0);
        // Nothing tells that it has come: ask again.
        if (!running) return;
        this.changed = false;
        this.lookedAt = Date.now();
        const issuers = new Issuers(client, running.metadata.namespace ?? "");
        for (const path of [PATHS.issuers, PATHS.clusterIssuers]) {
            for (const issuer of (await client.get<{ items: IssuerObject[] }>(path)).items)
                await this.tell(issuer, (await issuers.signer(issuer)).verdict);
        }
        const { items } = await client.get<{ items: CertificateObject[] }>(PATHS.certificates);
        for (const certificate of items) await this.keep(certificate, issuers);
    }

    /** Sees to it that a Certificate's secret holds what it asks for. */
    private async keep(certificate: CertificateObject, issuers: Issuers): Promise<void> {
        const { name: issuerName } = certificate.spec.issuerRef;
        const issuer = await issuers.of(certificate);
        const signer = issuer && (await issuers.signer(issuer));
        if (!signer?.authority) {
            const why = signer?.verdict.message ?? "it is not there";
            const message = `issuer ${issuerName} does not sign: ${why}`;
            return this.tell(certificate, { ready: false, reason: "DoesNotExist", message });
        }
        const path = `/api/v1/namespaces/${certificate.metadata.namespace ?? ""}/secrets/${certificate.spec.secretName}`;
        const found = await this.options.client.find<SecretObject>(path);
        const good = isGood(found, certificate, signer.authority);
        const secret = good && found ? found : await this.put(path, certificate, signer.authority);
        const message = "Certificate is up to date and has not expired";
        await this.tell(certificate, { ready: true, reason: "Ready", message }, { notAfter: endOf(secret) });
    }

    private async put(
        path: string,
        certificate: CertificateObject,
        by: Parameters<typeof issue>[1],
    ): Promise<SecretObject> {
        const { certificate: text, key, authority } = await issue(certificate, by);
        const encoded = (value: string) => Buffer.from(value).toString("base64");
        const { name, namespace } = certificate.metadata;
        return this.options.client.apply<SecretObject>(
            path,
            {
                apiVersion: "v1",
                kind: "Secret",
                metadata: {
                    name: certificate.spec.secretName,
                    namespace,
                    annotations: {
                        "cert-manager.io/certificate-name": name,
                        "cert-manager.io/issuer-name": certificate.spec.issuerRef.name,
                    },
                },
                type: "kubernetes.io/tls",
                data: { "tls.crt": encoded(text), "tls.key": encoded(key), "ca.crt": encoded(authority) },
            },
            "cert-manager",
        );
    }

    /** Writes a status where it says something else. */
    private async tell(
        object: IssuerObject | CertificateObject,
        verdict: Verdict,
        more: Readonly<Record<string, string>> = {},
    ): Promise<void> {
        const { name = "", namespace } = object.metadata;
        const status: Readonly<Record<string, unknown>> = { ...object.status };
        const known = Object.entries(more).every(([key, value]) => status[key] === value);
        if (known && says(object.status?.conditions, verdict)) return;
        const kind = `${(object.kind ?? kindOf(object)).toLowerCase()}s`;
        const place = namespace === undefined ? "" : `/namespaces/${namespace}`;
        const lastTransitionTime = new Date().toISOString().replace(/\.\d+Z$/, "Z");
        await this.options.client.request("PATCH", `${PATHS.root}${place}/${kind}/${name}/status`, {
            contentType: "application/merge-patch+json",
            body: { status: { ...more, conditions: [{ ...readiness(verdict), lastTransitionTime }] } },
        });
    }
}

/** Objects of a list do not say of which kind they are. */
function kindOf(object: IssuerObject | CertificateObject): string {
    if ("secretName" in object.spec) return "Certificate";
    return object.metadata.namespace === undefined ? "ClusterIssuer" : "Issuer";
}
