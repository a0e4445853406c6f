import { EtcdSnapshotTarget } from "../components/etcd-snapshot-target";
import { K3sUpgrades } from "../components/upgrades";
import { K3S_VERSION } from "../components/versions";
import { hasMachines, type HomelabConfig } from "../infra/config/schema";
import { SNAPSHOTS_PER_SERVER } from "../infra/k3s";
import type { Backup } from "./backup";
import type { Base } from "./base";

/**
 * What keeps the cluster itself: newer releases of k3s, and copies of its snapshots elsewhere. A cluster that is there
 * already is kept by others.
 */
export function upkeep(config: HomelabConfig, { providers, inventory }: Base, { storage }: Backup): void {
    if (!hasMachines(config)) {
        return;
    }
    if (storage !== undefined) {
        const copies = SNAPSHOTS_PER_SERVER * inventory.servers.length;
        new EtcdSnapshotTarget("etcd-snapshots", { target: storage.etcd, copies }, { providers });
    }
    switch (config.cluster.upgrades) {
        case "off":
            return;
        case "automatic": {
            const hasAgents = inventory.agents.length > 0;
            const workers = hasAgents ? inventory.agents : inventory.servers;
            new K3sUpgrades(
                "upgrades",
                {
                    version: K3S_VERSION,
                    hasAgents,
                    serversCarryWorkloads: !hasAgents,
                    workloadHosts: new Set(workers.map(({ host }) => host.name)).size,
                    apiServers: { kind: "addresses", cidr: config.network.lan.cidr, ports: [6443] },
                },
                { providers },
            );
        }
    }
}
