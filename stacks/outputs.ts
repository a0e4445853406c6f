import * as pulumi from "@pulumi/pulumi";
import type { ObjectStorage, S3Target } from "../components/object-storage";
import { shareOf } from "../components/storage";
import { jellyfinHosts } from "../infra/config/cross-checks/workplaces";
import { listed } from "../infra/config/issues";
import { hasMachines, type HomelabConfig } from "../infra/config/schema";
import { keptNowhereElse, type Backup } from "./backup";
import type { Base } from "./base";
import type { Data } from "./data";
import { DATABASE_MODE } from "./database-mode";
import { poolsOf } from "./load-balancer";
import type { Media } from "./media";
import { NAS_SHARE } from "./nas-share";
import type { Platform } from "./platform";

/** What `pulumi stack output` shows: addresses, where things are, and what to do next. */
export function outputs(
    config: HomelabConfig,
    base: Base,
    backup: Backup,
    { entrance }: Platform,
    data: Data,
    media: Media,
): Record<string, unknown> {
    const { servers, agents } = base.inventory;
    const addresses = Object.fromEntries([...servers, ...agents].map(({ name, address }) => [name, address]));
    const lost = keptNowhereElse(config);
    const { moveFrom } = config.database;
    const { nas } = config.storage;
    const way = wayIn(config, agents.length > 0 ? agents : servers);
    return {
        addresses,
        clusterUrl: base.clusterUrl,
        kubeconfig: base.kubeconfig,
        joinedConfigs: base.joinedConfigs,
        urls: { jellyfin: media.jellyfin.url },
        ...(entrance.authorityPem === undefined ? {} : { certificateAuthority: entrance.authorityPem }),
        backups: backup.storage === undefined ? {} : bucketUrls(backup.storage),
        // Known when the data is there: the next run refuses to leave it behind.
        [DATABASE_MODE]: data.jellyfin.database.ready.urn.apply(() => config.database.mode),
        // The next run refuses to leave its volumes behind.
        ...(nas === undefined ? {} : { [NAS_SHARE]: shareOf(nas) }),
        // For whoever makes alerts: each of these has to have succeeded within its seconds.
        mustSucceed: [...data.watched, ...media.watched],
        imageRepositories: backup.repositories.map(({ url }) => url),
        ...(backup.previewRole === undefined ? {} : { previewRole: backup.previewRole }),
        nextSteps: [
            "pulumi stack output kubeconfig --show-secrets > kubeconfig && kubectl --kubeconfig kubeconfig get nodes",
            `point ${config.jellyfin.host} at ${way} in the DNS of the house`,
            ...(entrance.authorityPem === undefined
                ? []
                : [
                      "pulumi stack output certificateAuthority > house-authority.pem, and have each device of the house trust it",
                  ]),
            `open ${media.jellyfin.url} as ${config.jellyfin.administrator}; its password: kubectl --namespace jellyfin get secret jellyfin-administrator --output jsonpath={.data.password} | base64 -d`,
            ...(moveFrom === undefined
                ? []
                : ["see that everything is there, then end the move: docs/how-to/change-the-database-mode.md"]),
            ...noHostToSpare(config),
            ...nobodyAtHome(config),
            ...(lost === undefined ? [] : [`mind that ${lost}; homelab:objectStorage changes it`]),
        ],
    };
}

/** Addresses of the buckets, by what is in them. */
function bucketUrls({ longhorn, databases, etcd }: ObjectStorage): Record<string, pulumi.Output<string>> {
    const url = ({ endpoint, bucket }: S3Target) => pulumi.interpolate`${endpoint}/${bucket}`;
    return { longhorn: url(longhorn), databases: url(databases), etcd: url(etcd) };
}

/** That no host is left for a pod of Jellyfin to go to. A single pod on a single host has nothing to keep up. */
function noHostToSpare(config: HomelabConfig): readonly string[] {
    const { replicas, gpu } = config.jellyfin;
    const hosts = jellyfinHosts(config);
    return replicas < 2 || replicas < hosts.length
        ? []
        : [
              `mind that the ${replicas} pods of Jellyfin need all of ${listed(hosts)}: while one is drained or off, its pod waits for it; ` +
                  `one host more${gpu ? " with such a GPU" : ""}, or a lower jellyfin.replicas, leaves room`,
          ];
}

/** That Jellyfin cannot tell the family from the internet. */
function nobodyAtHome(config: HomelabConfig): readonly string[] {
    return !hasMachines(config) ||
        config.network.loadBalancer.kind !== "servicelb" ||
        config.jellyfin.exposure !== "public"
        ? []
        : [
              "mind that Jellyfin takes nobody for somebody at home (limits for remote connections hold for all), because visitors " +
                  "lose their addresses at those of the machines; homelab:network's loadBalancer of kind metallb keeps them",
          ];
}

/** Where Traefik answers, in words. */
function wayIn(config: HomelabConfig, workers: readonly { readonly address: string }[]): string {
    const own = hasMachines(config) ? poolsOf(config.network)?.ingress : undefined;
    if (own !== undefined) return own;
    const ways = workers.map(({ address }) => address);
    return ways.length > 0 ? `one of ${ways.join(", ")}` : "the address of Traefik's Service";
}
