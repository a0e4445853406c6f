import { upgradedLabels } from "../components/upgrades";
import { images, K3S_VERSION } from "../components/versions";
import type { MachineHouse } from "../infra/config/schema";
import type { Inventory, Machine } from "../infra/inventory";
import type { K3sClusterArgs, VirtualAddress } from "../infra/k3s";
import { poolsOf } from "./load-balancer";

/** What a cluster of our own machines is made of; pure. */
export function clusterArgs(config: MachineHouse, inventory: Inventory): K3sClusterArgs {
    return {
        clusterName: config.cluster.name,
        version: K3S_VERSION,
        servers: atLeastOne(inventory.servers),
        agents: inventory.agents,
        podsCidr: config.network.pods,
        servicesCidr: config.network.services,
        domain: config.house.domain,
        resolvers: config.network.dns,
        sshAuthorizedKeys: config.cluster.sshAuthorizedKeys,
        virtualAddress: virtualAddressOf(config),
        ingressAddress: poolsOf(config.network)?.ingress,
        // Their first start installs the release of the plans.
        joinLabels: config.cluster.upgrades === "automatic" ? upgradedLabels(K3S_VERSION) : undefined,
    };
}

function virtualAddressOf({ cluster }: MachineHouse): VirtualAddress | undefined {
    const address = cluster.virtualAddress;
    return address === undefined ? undefined : { address, image: images.kubeVip };
}

function atLeastOne(servers: readonly Machine[]): readonly [Machine, ...Machine[]] {
    const [first, ...others] = servers;
    if (first === undefined) {
        throw new Error("the inventory has no server, which parseConfig should have refused");
    }
    return [first, ...others];
}
