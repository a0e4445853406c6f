import * as pulumi from "@pulumi/pulumi";
import type * as k8s from "@pulumi/kubernetes";
import type { Workload } from "../workload";
import { ENTRY_POINTS, type EntryPoint } from "./entry-points";
import type { Failover } from "./failover";
import { traefikObject } from "./traefik-object";

export interface RouteArgs {
    readonly workload: Workload;
    readonly failover: Failover;
    /** Name of the served port. */
    readonly port: string;
    readonly host: string;
    readonly entryPoint: EntryPoint;
    /** What a request goes through before it is tried, first to last. */
    readonly middlewares: readonly k8s.apiextensions.CustomResource[];
    readonly stickyCookie: string | undefined;
    /** Beginnings of paths that it does not lead to, regular expressions. */
    readonly hides: readonly string[];
    /** What has to be there before: the certificate that https is answered with, and what must be done before somebody comes in. */
    readonly after: readonly pulumi.Resource[];
}

/** Marks a route as open to the internet; the policies ask more of it. */
const OPEN_TO_INTERNET = { "homelab/exposure": "external" };

/** One door to one workload. */
export class Route extends pulumi.ComponentResource {
    constructor(name: string, args: RouteArgs, opts?: pulumi.ComponentResourceOptions) {
        const { workload, host, entryPoint, after } = args;
        super("homelab:ingress:Route", name, { host, entryPoint }, opts);
        const suffix = { web: "-http", websecure: "", internet: "-internet" }[entryPoint];
        traefikObject(
            `${name}-ingress`,
            {
                kind: "IngressRoute",
                objectName: `${workload.identity.name}${suffix}`,
                workload,
                spec: routeSpec(args),
                ...(entryPoint === ENTRY_POINTS.internet ? { labels: OPEN_TO_INTERNET } : {}),
                after,
            },
            this,
        );
        this.registerOutputs({ host });
    }
}

/** Servers take paths in upper and lower case alike, and Traefik does not. */
function matchOf(host: string, hides: readonly string[]): string {
    const hidden = hides.map((path) => ` && !PathRegexp(\`(?i)^${path}\`)`);
    return `Host(\`${host}\`)${hidden.join("")}`;
}

function routeSpec({ failover, port, host, entryPoint, middlewares, stickyCookie, hides }: RouteArgs) {
    const secure = entryPoint !== ENTRY_POINTS.plain;
    // Over plain http a browser may not replace a cookie that it was given over https: that one needs another name.
    const cookieName = stickyCookie === undefined || secure ? stickyCookie : `${stickyCookie}_http`;
    const rule = {
        kind: "Rule",
        match: matchOf(host, hides),
        middlewares: [...middlewares, failover.retry].map(({ metadata }) => ({ name: metadata.name })),
        services: [failover.backend(port, cookieName === undefined ? undefined : { name: cookieName, secure })],
    };
    // No secret is named: the certificate of the whole house is Traefik's default.
    return { entryPoints: [entryPoint], routes: [rule], ...(secure ? { tls: {} } : {}) };
}
