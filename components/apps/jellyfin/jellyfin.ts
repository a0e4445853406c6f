import * as pulumi from "@pulumi/pulumi";
import { gpuDemand } from "../../gpu";
import { Exposure } from "../../ingress";
import { SharedClaim } from "../../storage";
import { Workload, type Identity } from "../../workload";
import type { JellyfinArgs } from "./args";
import { jellyfinPod } from "./pod";

/** Name of the cookie that keeps a user on one pod: a login is known to that one only. */
export const STICKY_COOKIE = "jellyfin_server_id";

/**
 * Jellyfin, highly available: a StatefulSet with one pod a host on one database, one configuration and one library, and
 * a route that keeps a user on one pod and moves to the other when that pod is gone.
 */
export class Jellyfin extends pulumi.ComponentResource {
    readonly workload: Workload;
    readonly url: string;

    constructor(name: string, args: JellyfinArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:apps:Jellyfin", name, { replicas: args.replicas, host: args.host }, opts);
        const identity: Identity = { name: "jellyfin", app: "jellyfin", component: "web", partOf: "media" };
        const config = new SharedClaim(
            `${name}-config`,
            { files: args.files, claimName: "jellyfin-config", namespace: args.namespace, size: "50Gi" },
            { parent: this },
        );
        this.workload = new Workload(
            `${name}-web`,
            {
                identity,
                namespace: args.namespace,
                ...jellyfinPod(args, config.volume),
                after: [args.database.ready, ...gpuDemand(args.graphics).after],
                admits: [args.ingress.pods],
                reaches: [
                    args.database.reachable,
                    ...(args.cache === undefined ? [] : [args.cache.reachable]),
                    // Metadata and pictures of films come from the internet.
                    { kind: "internet", ports: [80, 443] },
                ],
            },
            { parent: this },
        );
        const { ingress, host, audience, plainHttp } = args;
        const exposure = new Exposure(
            `${name}-exposure`,
            {
                ...{ ingress, host, workload: this.workload, stickyCookie: STICKY_COOKIE },
                ...(audience === undefined ? {} : { audience }),
                ...(plainHttp === undefined ? {} : { plainHttp }),
            },
            { parent: this },
        );
        this.url = exposure.url;
        this.registerOutputs({ url: this.url });
    }
}
