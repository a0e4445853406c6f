import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { CertificateController } from "../../../../lab/cluster/certificates";
import { decoded } from "../../../../lab/cluster/certificates/issuers";
import {
    PATHS,
    type CertificateObject,
    type IssuerObject,
    type SecretObject,
} from "../../../../lab/cluster/certificates/objects";
import { certManager } from "../../../../lab/charts/cert-manager";
import { createAuthority } from "../../../../lab/pki/certificate";
import { startControlPlane, type ControlPlane } from "../../../support/control-plane";
import { eventually } from "../../../support/eventually";

const DEFAULT = `${PATHS.root}/namespaces/default/certificates`;
const SECRETS = "/api/v1/namespaces/default/secrets";

describe("the lab's stand-in for cert-manager", function () {
    this.timeout(60_000);
    const stopped = new AbortController();
    const lines: string[] = [];
    let plane: ControlPlane;
    const apply = (path: string, body: object) => plane.client.apply(path, body, "test");

    before(async () => {
        plane = await startControlPlane();
        const { crds } = certManager.render({
            name: "cert-manager",
            namespace: "default",
            values: { crds: { enabled: true } },
        });
        for (const definition of crds)
            await apply(
                `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${definition.metadata.name ?? ""}`,
                definition,
            );
        await eventually("its kinds are served", () => plane.client.find(PATHS.clusterIssuers));
        void new CertificateController({
            ...{ client: plane.client, signal: stopped.signal, log: (line: string) => lines.push(line) },
        }).run();
        await authority("house-authority");
        await issuer("house-authority", { ca: { secretName: "house-authority" } });
    });
    after(async () => {
        stopped.abort();
        await plane.stop();
    });

    async function authority(name: string): Promise<void> {
        const made = await createAuthority(name);
        const stringData = { "tls.crt": made.certificate, "tls.key": made.key };
        await apply(`${SECRETS}/${name}`, {
            ...{ apiVersion: "v1", kind: "Secret", metadata: { name }, type: "kubernetes.io/tls", stringData },
        });
    }

    async function issuer(name: string, spec: object): Promise<void> {
        await apply(`${PATHS.clusterIssuers}/${name}`, {
            ...{ apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", metadata: { name }, spec },
        });
    }

    async function certificate(name: string, dnsNames: readonly string[], signer = "house-authority"): Promise<void> {
        const issuerRef = { group: "cert-manager.io", kind: "ClusterIssuer", name: signer };
        await apply(`${DEFAULT}/${name}`, {
            ...{ apiVersion: "cert-manager.io/v1", kind: "Certificate", metadata: { name } },
            spec: { secretName: name, dnsNames, issuerRef },
        });
    }

    /** cert-manager's pod is ready, or it is not. */
    async function running(readyReplicas: number): Promise<void> {
        const path = "/apis/apps/v1/namespaces/default/deployments/cert-manager";
        const labels = { app: "cert-manager" };
        const containers = [{ name: "main", image: "example.org/main:1" }];
        await apply(path, {
            ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "cert-manager", labels } },
            spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
        });
        await plane.client.request("PATCH", `${path}/status`, {
            body: { status: { replicas: 1, readyReplicas } },
            contentType: "application/merge-patch+json",
        });
    }

    const secretOf = (name: string) => plane.client.find<SecretObject>(`${SECRETS}/${name}`);
    const leafOf = async (name: string) => {
        const text = decoded(await secretOf(name), "tls.crt");
        return text === "" ? undefined : new X509Certificate(text);
    };
    const conditionOf = async (path: string) => {
        const { status } = await plane.client.get<CertificateObject | IssuerObject>(path);
        return status?.conditions?.[0];
    };

    it("does nothing until the chart's pod is ready", async () => {
        await certificate("house-tls", ["home.example.org", "*.home.example.org"]);
        await new Promise((done) => setTimeout(done, 1_200));
        assert.equal(await secretOf("house-tls"), undefined);
    });

    it("puts a certificate of an authority into its secret, and says so", async () => {
        await running(1);
        const leaf = await eventually("it is there", () => leafOf("house-tls"));
        const root = new X509Certificate(decoded(await secretOf("house-authority"), "tls.crt"));
        assert.equal(leaf.verify(root.publicKey), true);
        assert.equal(leaf.checkHost("jellyfin.home.example.org"), "*.home.example.org");
        assert.equal(decoded(await secretOf("house-tls"), "ca.crt").trim(), root.toString().trim());
        await eventually("it is ready", async () => (await conditionOf(`${DEFAULT}/house-tls`))?.status === "True");
        assert.equal((await conditionOf(`${PATHS.clusterIssuers}/house-authority`))?.reason, "KeyPairVerified");
    });

    it("leaves a good one alone, and signs a new one for other names, or where it was deleted", async () => {
        const first = (await leafOf("house-tls"))?.serialNumber;
        await certificate("other", ["other.example.org"]);
        await eventually("the other is there", () => leafOf("other"));
        assert.equal((await leafOf("house-tls"))?.serialNumber, first);
        await certificate("house-tls", ["house.example.org"]);
        await eventually("it has the new name", async () =>
            (await leafOf("house-tls"))?.checkHost("house.example.org"),
        );
        await plane.client.request("DELETE", `${SECRETS}/other`);
        await eventually("it is there again", () => leafOf("other"));
    });

    it("signs anew with another authority", async () => {
        const before = await leafOf("house-tls");
        await authority("house-authority");
        await eventually(
            "it is another",
            async () => (await leafOf("house-tls"))?.serialNumber !== before?.serialNumber,
        );
        const root = new X509Certificate(decoded(await secretOf("house-authority"), "tls.crt"));
        assert.equal((await leafOf("house-tls"))?.verify(root.publicKey), true);
    });

    it("lets certificates sign themselves, each for its names and its use, and no authority among them that is not asked for", async () => {
        await issuer("self", { selfSigned: {} });
        const issuerRef = { group: "cert-manager.io", kind: "ClusterIssuer", name: "self" };
        const self = (name: string, spec: object) =>
            apply(`${DEFAULT}/${name}`, {
                ...{ apiVersion: "cert-manager.io/v1", kind: "Certificate", metadata: { name } },
                spec: { secretName: name, issuerRef, ...spec },
            });
        await self("served", { commonName: "plugin", dnsNames: ["plugin"], usages: ["server auth"] });
        await self("client", { commonName: "visitor", usages: ["client auth"] });
        await self("root", { commonName: "root", isCA: true });
        const [served, client, root] = [
            await eventually("the server's is there", () => leafOf("served")),
            await eventually("the client's is there", () => leafOf("client")),
            await eventually("the authority is there", () => leafOf("root")),
        ];
        for (const each of [served, client, root]) assert.equal(each.verify(each.publicKey), true, each.subject);
        assert.deepEqual([served.ca, client.ca, root.ca], [false, false, true]);
        assert.equal(served.checkHost("plugin"), "plugin");
        const [serverAuth, clientAuth] = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"];
        assert.deepEqual([served.keyUsage, client.keyUsage], [[serverAuth], [clientAuth]]);
    });

    it("leaves ACME issuers pending, and says why", async () => {
        const acme = {
            server: "https://acme-v02.api.letsencrypt.org/directory",
            privateKeySecretRef: { name: "account" },
        };
        await issuer("lets-encrypt", { acme });
        await certificate("public", ["public.example.org"], "lets-encrypt");
        await eventually("both say so", async () => {
            const [one, other] = [
                await conditionOf(`${PATHS.clusterIssuers}/lets-encrypt`),
                await conditionOf(`${DEFAULT}/public`),
            ];
            return one?.status === "False" && other?.message?.includes("does not reach https://acme-v02");
        });
        assert.equal(await secretOf("public"), undefined);
    });

    it("has the real kinds: a field with a wrong name is refused", async () => {
        const wrong = {
            ...{ apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", metadata: { name: "wrong" } },
            spec: { ca: { secret: "house-authority" } },
        };
        await assert.rejects(
            plane.client.request("POST", PATHS.clusterIssuers, { body: wrong, query: { fieldValidation: "Strict" } }),
            /unknown field "spec\.ca\.secret"|spec\.ca\.secretName: Required/,
        );
        assert.deepEqual(lines, []);
    });
});
