import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { CertManager, type Route53Access } from "../../components/certificates";
import { Exposure } from "../../components/ingress";
import { Namespace } from "../../components/namespace";
import { Workload } from "../../components/workload";
import { parseConfig } from "../../infra/config/parse";
import { dayOf } from "../../policies/model/day";
import { checkAll } from "../../policies/model/run";
import { rules } from "../../policies/rules";
import { entrance } from "../../stacks/entrance";
import { changed, readHouse } from "../infra/config/houses";
import { exampleArgs } from "../support/example-workload";
import { at, captureGraph, ofType, only, type Graph } from "../support/graph";

const DOMAIN = "home.example.org";
const zone: Route53Access = {
    region: "us-east-1",
    hostedZoneId: "Z0123456789",
    accessKeyId: pulumi.secret("key-id"),
    secretAccessKey: pulumi.secret("key-text"),
};

/** A house with Let's Encrypt and a login, and a program that is open to the internet. */
function build(kept: { readonly route53: Route53Access | undefined } = { route53: zone }): Promise<Graph> {
    const config = parseConfig(
        changed(readHouse("Pulumi.prod.yaml"), [
            { set: "house.domain", to: DOMAIN },
            { set: "jellyfin.host", to: `jellyfin.${DOMAIN}` },
            { set: "jellyfin.exposure", to: "public" },
            {
                set: "ingress",
                to: {
                    acme: { email: "ann@example.org" },
                    login: {
                        issuer: "https://accounts.google.com",
                        clientId: "homelab",
                        host: `login.${DOMAIN}`,
                        emails: ["ann@example.org", "ben@example.org"],
                    },
                },
            },
        ]),
    );
    const secrets = { loginClientSecret: pulumi.secret("client-secret-text") };
    return captureGraph(() => {
        const providers = [new k8s.Provider("kubernetes"), new random.Provider("random")];
        const opts = { providers };
        const certManager = new CertManager("cert-manager", opts);
        const { ingress, authorityPem } = entrance(config, secrets, { providers }, kept, certManager);
        const namespace = new Namespace("rooms", { podSecurity: "restricted", partOf: "test" }, opts).name;
        const workload = new Workload("web", exampleArgs({ namespace, admits: [ingress.pods] }), opts);
        new Exposure("web", { ingress, workload, host: `web.${DOMAIN}`, audience: "public" }, opts);
        return { authorityPem };
    });
}

describe("the way into a house that is open to the internet", () => {
    let graph: Graph;
    before(async () => {
        graph = await build();
    });

    it("keeps to every rule of the policy pack", () => {
        const { violations, notChecked, broken } = checkAll(rules, graph.resources, dayOf(new Date()));
        // The example's probes are no example.
        const found = violations.filter(({ rule }) => rule !== "liveness-more-patient");
        assert.deepEqual({ found, notChecked, broken }, { found: [], notChecked: [], broken: [] });
    });

    it("is signed by Let's Encrypt, so that no device has to be told whom to trust", () => {
        assert.equal(graph.outputs["authorityPem"], undefined);
        assert.deepEqual(ofType(graph, "tls:index/selfSignedCert:SelfSignedCert"), []);
    });

    it("asks every visitor at the login, which only those come in by whose addresses are written", () => {
        const address = String(
            at(only(graph, "kubernetes:traefik.io/v1alpha1:Middleware", "web-login"), "spec", "forwardAuth", "address"),
        );
        const proxy = only(graph, "kubernetes:core/v1:Service", "login-proxy-service");
        const [name, namespace] = [at(proxy, "metadata", "name"), at(proxy, "metadata", "namespace")];
        assert.equal(address, `http://${String(name)}.${String(namespace)}.svc:4180/`);
        const secret = only(graph, "kubernetes:core/v1:Secret", "login-secret");
        assert.equal(at(secret, "stringData", "emails"), "ann@example.org\nben@example.org\n");
    });

    it("has the login's secrets in a secret of the cluster and in no variable or argument", () => {
        const deployment = only(graph, "kubernetes:apps/v1:Deployment", "login-proxy-deployment");
        const text = JSON.stringify(deployment.props);
        assert.doesNotMatch(text, /client-secret-text/);
        assert.match(text, /"name":"OAUTH2_PROXY_CLIENT_SECRET","valueFrom":\{"secretKeyRef"/);
        const secret = only(graph, "kubernetes:core/v1:Secret", "login-secret");
        assert.ok(secret.secretPaths.some((path) => path.includes("stringData")));
    });

    it("is refused where there is no zone to prove the domain in", async () => {
        await assert.rejects(build({ route53: undefined }), /ingress\.acme: there is no zone at Route 53/);
    });
});
