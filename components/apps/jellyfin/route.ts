import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import { objectLabels, type Workload } from "../../workload";

export interface JellyfinRouteArgs {
    readonly workload: Workload;
    readonly host: string;
}

/** Name of the cookie that keeps a user on one pod. */
export const STICKY_COOKIE = "jellyfin_server_id";

/**
 * The way in, through Traefik. A login is known to one pod only, so a cookie keeps a user there; when that pod does not
 * answer, the first failed try marks it as down, and the retry goes to the other one with a new cookie. The figures are
 * measured: with them no request failed on delete, crash, dead node and rolling update.
 */
export class JellyfinRoute extends pulumi.ComponentResource {
    readonly url: string;

    constructor(name: string, args: JellyfinRouteArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:apps:JellyfinRoute", name, { host: args.host }, opts);
        const { identity, namespace, controller } = args.workload;
        // After the pods: on a fresh cluster k3s needs a minute until the kinds of Traefik are known.
        const child = { parent: this, dependsOn: controller };
        const object = (kind: string, objectName: string, spec: Record<string, unknown>) => ({
            apiVersion: "traefik.io/v1alpha1",
            kind,
            metadata: { name: objectName, namespace, labels: objectLabels(identity) },
            spec,
        });
        const service = identity.name;
        const retry = new k8s.apiextensions.CustomResource(
            `${name}-retry`,
            object("Middleware", `${service}-retry`, { retry: { attempts: 5, initialInterval: "50ms" } }),
            child,
        );
        const transport = new k8s.apiextensions.CustomResource(
            `${name}-transport`,
            object("ServersTransport", `${service}-transport`, {
                // A pooled connection to a dead node hangs until its time-out: open one for each request.
                maxIdleConnsPerHost: -1,
                forwardingTimeouts: { dialTimeout: "500ms" },
            }),
            child,
        );
        new k8s.apiextensions.CustomResource(
            `${name}-ingress`,
            object("IngressRoute", service, routeSpec(args.host, service, retry, transport)),
            child,
        );
        this.url = `http://${args.host}`;
        this.registerOutputs({ url: this.url });
    }
}

function routeSpec(
    host: string,
    service: string,
    retry: k8s.apiextensions.CustomResource,
    transport: k8s.apiextensions.CustomResource,
): Record<string, unknown> {
    return {
        entryPoints: ["web"],
        routes: [
            {
                kind: "Rule",
                match: `Host(\`${host}\`)`,
                middlewares: [{ name: retry.metadata.name }],
                services: [
                    {
                        name: service,
                        port: "http",
                        serversTransport: transport.metadata.name,
                        // Not wrr: its loop never ends while one pod drains and the other is marked as down.
                        strategy: "p2c",
                        // The program's own errors count too, hence not the first one.
                        passiveHealthCheck: { maxFailedAttempts: 3, failureWindow: "3s" },
                        sticky: { cookie: { name: STICKY_COOKIE, httpOnly: true } },
                    },
                ],
            },
        ],
    };
}
