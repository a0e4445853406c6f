import * as pulumi from "@pulumi/pulumi";
import { Password } from "../../data";
import { accelerationOf, gpuDemand } from "../../gpu";
import { Exposure } from "../../ingress";
import { SharedClaim } from "../../storage";
import { fromSecret, Workload, type ExistingClaim, type Identity } from "../../workload";
import { addedUp } from "./addition";
import type { JellyfinArgs } from "./args";
import { jellyfinPod } from "./pod";
import { serverSettings } from "./server-settings";
import { SettingsJob } from "./settings-job";
import { SettingsProgram } from "./settings-program";

/** Name of the cookie that keeps a user on one pod: a login is known to that one only. */
const STICKY_COOKIE = "jellyfin_server_id";

/**
 * Where the figures are, which tell who is at home and when; Prometheus asks the pods. Jellyfin before 12 takes the prefixes of
 * its ancestors off a path and decodes once more what is left, so that `/emby/%256detrics` is `/metrics` too (its
 * `LegacyEmbyRouteRewriteMiddleware`, and ASP.NET's `PathString`). No address of its API has a percent sign there.
 */
const FIGURES = ["/metrics", "/(emby|mediabrowser)/metrics", "/(emby|mediabrowser)/[^/]*%"];

/**
 * Jellyfin, highly available: a StatefulSet with one pod a host on one database, one configuration and one library, and
 * a route that keeps a user on one pod and moves to the other when that pod is gone.
 */
export class Jellyfin extends pulumi.ComponentResource {
    readonly workload: Workload;
    readonly url: string;
    /** What a running server is told; with the secrets of the administrator and of the house's own key. */
    readonly settings: SettingsJob;
    /** What the pods share, at `/config`: what people have set, plugins, the names of libraries. */
    readonly config: ExistingClaim;

    constructor(name: string, args: JellyfinArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:apps:Jellyfin", name, { replicas: args.replicas, host: args.host }, opts);
        const identity: Identity = { name: "jellyfin", app: "jellyfin", component: "web", partOf: "media" };
        const config = new SharedClaim(
            `${name}-config`,
            { files: args.files, claimName: "jellyfin-config", namespace: args.namespace, size: "50Gi" },
            { parent: this },
        );
        const program = new SettingsProgram(
            `${name}-settings-program`,
            { identity, namespace: args.namespace },
            { parent: this },
        );
        // Random, and gone with the house: a later one on the same NAS has another.
        const { secretName: installation } = new Password(
            `${name}-installation`,
            { secretName: "jellyfin-installation", namespace: args.namespace, identity },
            { parent: this },
        );
        const acceleration = accelerationOf(args.graphics, args.server.acceleration);
        const settings = serverSettings(args.server, args.replicas, acceleration);
        this.config = config.volume;
        const added = addedUp(args.additions ?? []);
        this.workload = new Workload(
            `${name}-web`,
            {
                identity,
                namespace: args.namespace,
                ...jellyfinPod(args, config.volume, program, settings, fromSecret(installation, "password")),
                after: [args.database.ready, ...gpuDemand(args.graphics).after, ...added.after, ...(args.after ?? [])],
                admits: [args.ingress.pods, ...(args.scrapers ?? []), ...added.admits],
                reaches: [
                    ...args.database.reaches,
                    ...(args.cache === undefined ? [] : [args.cache.reachable]),
                    // Metadata and pictures of films come from the internet.
                    { kind: "internet", ports: [80, 443] },
                    ...added.reaches,
                ],
            },
            { parent: this },
        );
        const { replicas, canary = false, server: wishes, database } = args;
        this.settings = new SettingsJob(
            `${name}-settings`,
            { server: this.workload, replicas, canary, program, settings, wishes, database },
            { parent: this },
        );
        this.url = this.expose(name, args);
        this.registerOutputs({ url: this.url });
    }

    private expose(name: string, { ingress, host, audience, plainHttp }: JellyfinArgs): string {
        const exposure = new Exposure(
            `${name}-exposure`,
            {
                ...{ ingress, host, workload: this.workload, stickyCookie: STICKY_COOKIE },
                hides: FIGURES,
                // Until the administrator is made, the first who comes is asked to be it.
                after: [this.settings.ready],
                ...(audience === undefined ? {} : { audience }),
                ...(plainHttp === undefined ? {} : { plainHttp }),
            },
            { parent: this },
        );
        return exposure.url;
    }
}
