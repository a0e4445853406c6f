import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import * as random from "@pulumi/random";
import { Namespace } from "../namespace";
import { images } from "../versions";
import {
    fromSecret,
    http,
    objectLabels,
    Workload,
    type Env,
    type Identity,
    type KeyFiles,
    type PodsElsewhere,
} from "../workload";
import { ENTRY_POINTS } from "./entry-points";
import { Failover } from "./failover";
import type { Login } from "./ingress";
import { Route } from "./route";

export interface LoginProxyArgs {
    /** Domain of the house: one login holds for all names below it. */
    readonly domain: string;
    /** Name at which the provider sends people back, below the domain. */
    readonly host: string;
    /** OpenID Connect provider: the URL below which `/.well-known/openid-configuration` lies. */
    readonly issuer: string;
    readonly clientId: string;
    readonly clientSecret: pulumi.Input<string>;
    /** E-mail addresses of those who may come in. */
    readonly emails: readonly string[];
    /** The ingress controller's pods. */
    readonly pods: PodsElsewhere;
    readonly certificate: pulumi.Resource;
}

const PORT = 4180;
const EMAILS_PATH = "/etc/oauth2-proxy";
const IDENTITY: Identity = { name: "login", app: "oauth2-proxy", component: "login", partOf: "ingress" };

/**
 * Asks who comes from the internet, at a provider that the people of the house have an account with (OAuth2 Proxy). One pod:
 * it keeps nothing, sessions are in the visitors' cookies, and another host has it back within a minute or two.
 */
export class LoginProxy extends pulumi.ComponentResource {
    readonly login: Login;

    constructor(name: string, args: LoginProxyArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:ingress:LoginProxy", name, { host: args.host, issuer: args.issuer }, opts);
        const child = { parent: this };
        const namespace = new Namespace("login", { podSecurity: "restricted", partOf: "ingress" }, child).name;
        const secret = createSecret(name, args, namespace, this);
        const workload = new Workload(
            `${name}-proxy`,
            { identity: IDENTITY, namespace, ...proxyPod(args, secret.metadata.name) },
            child,
        );
        const { host, certificate } = args;
        const failover = new Failover(name, { workload }, child);
        new Route(
            `${name}-internet`,
            {
                ...{ workload, failover, port: "http", host, middlewares: [], stickyCookie: undefined, hides: [] },
                after: [certificate],
                entryPoint: ENTRY_POINTS.internet,
            },
            child,
        );
        this.login = { address: pulumi.interpolate`http://${workload.hostname}:${PORT}/` };
        this.registerOutputs({ address: this.login.address });
    }
}

function createSecret(
    name: string,
    { clientSecret, emails }: LoginProxyArgs,
    namespace: pulumi.Input<string>,
    parent: pulumi.Resource,
): k8s.core.v1.Secret {
    // 32 letters are 32 bytes: what its cookies are encrypted with. A new one logs everybody out, no more.
    const cookie = new random.RandomPassword(`${name}-cookie`, { length: 32, special: false }, { parent });
    return new k8s.core.v1.Secret(
        `${name}-secret`,
        {
            metadata: { name: IDENTITY.name, namespace, labels: objectLabels(IDENTITY) },
            type: "Opaque",
            stringData: {
                "client-secret": clientSecret,
                "cookie-secret": cookie.result,
                emails: emails.map((email) => `${email}\n`).join(""),
            },
        },
        { parent },
    );
}

function environment({ domain, host, issuer, clientId }: LoginProxyArgs, secretName: pulumi.Input<string>): Env {
    const settings = {
        PROVIDER: "oidc",
        OIDC_ISSUER_URL: issuer,
        CLIENT_ID: clientId,
        CLIENT_SECRET: fromSecret(secretName, "client-secret"),
        COOKIE_SECRET: fromSecret(secretName, "cookie-secret"),
        // One login for all programs of the house, and nobody is sent on to anywhere else.
        COOKIE_DOMAINS: `.${domain}`,
        WHITELIST_DOMAINS: `.${domain}`,
        REDIRECT_URL: `https://${host}/oauth2/callback`,
        AUTHENTICATED_EMAILS_FILE: `${EMAILS_PATH}/emails`,
        HTTP_ADDRESS: `0.0.0.0:${PORT}`,
        // Only Traefik reaches it, and tells who asked for what.
        REVERSE_PROXY: "true",
        // Who is known gets this for an answer, and Traefik goes on; who is not is sent to the provider.
        UPSTREAMS: "static://202",
        SET_XAUTHREQUEST: "true",
        SKIP_PROVIDER_BUTTON: "true",
    } satisfies Env;
    return Object.fromEntries(Object.entries(settings).map(([key, value]) => [`OAUTH2_PROXY_${key}`, value]));
}

function proxyPod(args: LoginProxyArgs, secretName: pulumi.Output<string>) {
    const emails: KeyFiles = { kind: "secret-files", name: "emails", objectName: secretName };
    const asks = (path: string, everySeconds: number, failures: number) => ({
        ...{ check: http(path), everySeconds, timeoutSeconds: 3, failures },
    });
    return {
        run: { kind: "Deployment", replicas: 1 } as const,
        runAs: { user: 65532, group: 65532, volumeGroup: 65532 },
        admits: [args.pods],
        // The provider, at its public addresses.
        reaches: [{ kind: "internet", ports: [443] } as const],
        container: {
            image: images.oauth2Proxy,
            env: environment(args, secretName),
            resources: { cpu: "20m", memory: { request: "32Mi", limit: "128Mi" } },
            mounts: [{ volume: emails, path: EMAILS_PATH, readOnly: true }],
            serves: {
                ports: { http: PORT },
                probes: {
                    startup: asks("/ping", 2, 30),
                    readiness: asks("/ready", 5, 2),
                    liveness: asks("/ping", 10, 6),
                },
            },
        },
    };
}
