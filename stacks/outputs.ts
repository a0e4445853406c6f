import type { HomelabConfig } from "../infra/config/schema";
import type { Backup } from "./backup";
import type { Base } from "./base";
import type { Media } from "./media";

/** What `pulumi stack output` shows: addresses, where things are, and what to do next. */
export function outputs(config: HomelabConfig, base: Base, backup: Backup, media: Media): Record<string, unknown> {
    const { servers, agents } = base.inventory;
    const addresses = Object.fromEntries([...servers, ...agents].map(({ name, address }) => [name, address]));
    const ways = (agents.length > 0 ? agents : servers).map(({ address }) => address);
    return {
        addresses,
        clusterUrl: base.clusterUrl,
        kubeconfig: base.kubeconfig,
        urls: { jellyfin: media.jellyfin.url },
        backupBucket: backup.bucketName,
        imageRepositories: backup.repositoryUrls,
        nextSteps: [
            "pulumi stack output kubeconfig --show-secrets > kubeconfig && kubectl --kubeconfig kubeconfig get nodes",
            `point ${config.jellyfin.host} at one of ${ways.join(", ")} in the DNS of the house`,
            `open ${media.jellyfin.url} and make the first user`,
        ],
    };
}
