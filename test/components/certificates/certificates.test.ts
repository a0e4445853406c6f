import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
    CertManager,
    HouseCertificate,
    LetsEncrypt,
    OwnAuthority,
    PresentCertManager,
    type CertManagerHandle,
    type Directory,
    type Issuer,
} from "../../../components/certificates";
import { at, captureGraph, ofType, only, type Graph } from "../../support/graph";

const DOMAIN = "home.example.org";
const ISSUER = "kubernetes:cert-manager.io/v1:Issuer";
const SECRET = "kubernetes:core/v1:Secret";

function build(
    signer: (certManager: CertManagerHandle) => Issuer,
    certManager: () => CertManagerHandle = () => new CertManager("cert-manager"),
): Promise<Graph> {
    return captureGraph(() => {
        const issuer = signer(certManager());
        new HouseCertificate("house", { domain: DOMAIN, issuer });
    });
}

const own = () =>
    build((certManager) => new OwnAuthority("own", { certManager, domain: DOMAIN }, { protect: true }).issuer);

function letsEncrypt(directory: Directory): Promise<Graph> {
    const zone = {
        region: "us-east-1",
        hostedZoneId: "Z0123456789",
        accessKeyId: pulumi.secret("key-id"),
        secretAccessKey: pulumi.secret("key-text"),
    };
    return build(
        (certManager) => new LetsEncrypt("le", { certManager, directory, email: "ann@example.org", zone }).issuer,
    );
}

describe("the certificate of the house", () => {
    it("is valid for the domain and for all names that are one label below it", async () => {
        const certificate = only(await own(), "kubernetes:cert-manager.io/v1:Certificate");
        assert.deepEqual(at(certificate, "spec", "dnsNames"), [DOMAIN, `*.${DOMAIN}`]);
    });

    it("is what Traefik answers with where a route names none: the one store that it looks for, beside it", async () => {
        const graph = await own();
        const store = only(graph, "kubernetes:traefik.io/v1alpha1:TLSStore");
        const certificate = only(graph, "kubernetes:cert-manager.io/v1:Certificate");
        assert.deepEqual(
            [at(store, "metadata", "name"), at(store, "metadata", "namespace")],
            ["default", at(certificate, "metadata", "namespace")],
        );
        assert.equal(at(store, "spec", "defaultCertificate", "secretName"), at(certificate, "spec", "secretName"));
    });

    it("waits for whoever signs it, and that one for cert-manager", async () => {
        const graph = await own();
        const waits = (type: string) => only(graph, type).opts.dependsOn.map((urn) => urn.split("::").pop());
        assert.ok(waits("kubernetes:cert-manager.io/v1:Certificate").includes("own-issuer"));
        assert.ok(waits(ISSUER).includes("cert-manager-release"));
    });
});

describe("an authority of the house's own", () => {
    it("is made by the program, so that a house that is built anew has the same", async () => {
        const certificate = only(await own(), "tls:index/selfSignedCert:SelfSignedCert");
        assert.equal(at(certificate, "isCaCertificate"), true);
        assert.equal(at(certificate, "validityPeriodHours"), 87_600);
    });

    it("is protected: with another one, every device of the house would have to learn anew", async () => {
        assert.equal(only(await own(), "tls:index/privateKey:PrivateKey").opts.protect, true);
    });

    it("signs in the cluster, with its key in a secret beside cert-manager", async () => {
        const graph = await own();
        const secret = only(graph, SECRET);
        assert.equal(at(secret, "metadata", "namespace"), "cert-manager");
        assert.ok(secret.secretPaths.some((path) => path.includes("stringData")));
        assert.deepEqual(at(only(graph, ISSUER), "spec"), { ca: { secretName: at(secret, "metadata", "name") } });
    });
});

describe("a cert-manager that the cluster has", () => {
    let graph: Graph;
    before(async () => {
        graph = await build(
            (certManager) => new OwnAuthority("own", { certManager, domain: DOMAIN }).issuer,
            () => new PresentCertManager("cert-manager"),
        );
    });

    it("is used as it is: none is installed", () => {
        assert.deepEqual(ofType(graph, "kubernetes:helm.sh/v3:Release"), []);
    });

    it("finds all that the house asks of it in a namespace that goes with the house", () => {
        const made = only(graph, "kubernetes:core/v1:Namespace");
        const asked = [
            SECRET,
            ISSUER,
            "kubernetes:cert-manager.io/v1:Certificate",
            "kubernetes:traefik.io/v1alpha1:TLSStore",
        ];
        for (const type of asked)
            assert.equal(at(only(graph, type), "metadata", "namespace"), at(made, "metadata", "name"), type);
        assert.equal(at(made, "metadata", "name"), "house-certificate");
    });
});

describe("Let's Encrypt", () => {
    it("proves the domain in its zone at Route 53, with keys that are in a secret and nowhere else", async () => {
        const graph = await letsEncrypt("production");
        const issuer = only(graph, ISSUER);
        assert.equal(at(issuer, "spec", "acme", "server"), "https://acme-v02.api.letsencrypt.org/directory");
        const secret = { name: "route53" };
        assert.deepEqual(at(issuer, "spec", "acme", "solvers", 0, "dns01", "route53"), {
            region: "us-east-1",
            hostedZoneID: "Z0123456789",
            accessKeyIDSecretRef: { ...secret, key: "access-key-id" },
            secretAccessKeySecretRef: { ...secret, key: "secret-access-key" },
        });
        assert.deepEqual(at(only(graph, SECRET), "stringData"), {
            "access-key-id": "key-id",
            "secret-access-key": "key-text",
        });
        assert.doesNotMatch(JSON.stringify(issuer.props), /key-text/);
    });

    it("has room for trials, under another account", async () => {
        const [trial, real] = [
            only(await letsEncrypt("staging"), ISSUER),
            only(await letsEncrypt("production"), ISSUER),
        ];
        assert.match(String(at(trial, "spec", "acme", "server")), /acme-staging/);
        const account = ["spec", "acme", "privateKeySecretRef", "name"] as const;
        assert.notEqual(at(trial, ...account), at(real, ...account));
    });

    it("is asked about the world's view of the domain, not about that of the house's resolver", async () => {
        const release = only(await letsEncrypt("production"), "kubernetes:helm.sh/v3:Release");
        const words = at(release, "values", "extraArgs") as string[];
        assert.ok(words.includes("--dns01-recursive-nameservers-only"));
        assert.ok(words.some((word) => word.startsWith("--dns01-recursive-nameservers=https://")));
    });
});
