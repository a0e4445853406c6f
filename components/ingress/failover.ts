import * as pulumi from "@pulumi/pulumi";
import type * as k8s from "@pulumi/kubernetes";
import type { Workload } from "../workload";
import { traefikObject } from "./traefik-object";

/** A cookie that keeps a visitor on one pod. */
export interface StickyCookie {
    readonly name: string;
    /** Whether browsers send it over https only. */
    readonly secure: boolean;
}

/**
 * What Traefik itself answers when a pod ends in the middle of a request. Only what may be asked twice is asked again (no
 * `POST`), and only where there is another pod. Traefik knows the setting since 3.7.0, of which k3s has 3.7.8 since 1.36.3.
 */
const CUT_OFF = ["502", "504"];

/**
 * What keeps a visitor served when a pod dies, through whichever door they came. When a pod does not answer, the first failed
 * tries mark it as down, and the retry goes to another one with a new cookie. Measured with real pods: with these figures no
 * request failed on delete, crash, dead node and rolling update; with Traefik's defaults they hung for 2 to 52 seconds.
 */
export class Failover extends pulumi.ComponentResource {
    readonly retry: k8s.apiextensions.CustomResource;
    private readonly transport: k8s.apiextensions.CustomResource;
    private readonly service: string;

    constructor(name: string, args: { readonly workload: Workload }, opts?: pulumi.ComponentResourceOptions) {
        const { workload } = args;
        super("homelab:ingress:Failover", name, { service: workload.identity.name }, opts);
        this.service = workload.identity.name;
        const status = workload.replicas > 1 ? { status: CUT_OFF } : {};
        const retry = { attempts: 5, initialInterval: "50ms", ...status };
        this.retry = traefikObject(
            `${name}-retry`,
            { kind: "Middleware", spec: { retry }, objectName: `${this.service}-retry`, workload },
            this,
        );
        const transport = {
            kind: "ServersTransport",
            spec: {
                // A pooled connection to a dead node hangs until its time-out: open one for each request.
                maxIdleConnsPerHost: -1,
                forwardingTimeouts: { dialTimeout: "500ms" },
            },
        } as const;
        const objectName = `${this.service}-transport`;
        this.transport = traefikObject(`${name}-transport`, { ...transport, objectName, workload }, this);
        this.registerOutputs({ service: this.service });
    }

    /** The workload's Service, as an IngressRoute names it. */
    backend(port: string, sticky: StickyCookie | undefined): Readonly<Record<string, unknown>> {
        return {
            name: this.service,
            port,
            serversTransport: this.transport.metadata.name,
            // Not wrr: its loop never ends while one pod drains and the other is marked as down.
            strategy: "p2c",
            // The program's own errors count too, hence not the first one.
            passiveHealthCheck: { maxFailedAttempts: 3, failureWindow: "3s" },
            ...(sticky === undefined ? {} : { sticky: { cookie: { ...sticky, httpOnly: true } } }),
        };
    }
}
