import type * as pulumi from "@pulumi/pulumi";
import { CLUSTER_DOMAIN, ClusterDns, type ClusterDnsArgs } from "../components/network";
import type { MachineHouse } from "../infra/config/schema";
import { servedNames } from "../infra/config/served-names";
import type { Inventory } from "../infra/inventory";
import { clusterDns as clusterDnsAddress } from "../infra/k3s";

/** The DNS of a cluster that the program makes; one that is there already has its own. */
export function clusterDns(
    config: MachineHouse,
    providers: pulumi.ProviderResource[],
    inventory: Inventory,
): ClusterDns {
    return new ClusterDns("cluster-dns", clusterDnsArgs(config, inventory), { providers });
}

/** Name of the Service that requests come in by; k3s names it. */
const INGRESS = `traefik.kube-system.svc.${CLUSTER_DOMAIN}`;

function clusterDnsArgs(config: MachineHouse, inventory: Inventory): ClusterDnsArgs {
    const { house, network } = config;
    const { homeZone, upstreams, transport } = network.dns;
    const workers = inventory.agents.length > 0 ? inventory.agents : inventory.servers;
    const knownAtHome = homeZone !== undefined && `.${house.domain}`.endsWith(`.${homeZone.domain}`);
    return {
        address: clusterDnsAddress(network.services),
        replicas: Math.min(2, new Set(workers.map(({ host }) => host.name)).size),
        upstreams,
        transport,
        homeZone: homeZone === undefined ? undefined : { ...homeZone, networks: [network.lan.cidr] },
        served: knownAtHome ? undefined : { names: servedNames(config).map(({ host }) => host), service: INGRESS },
    };
}
