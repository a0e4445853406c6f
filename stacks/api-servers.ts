import type { Addresses } from "../components/workload";
import type { Inventory } from "../infra/inventory";

/**
 * Where the API is served, as pods reach it behind `kubernetes.default.svc`: a policy is asked once the address of the
 * Service has been replaced. At k3s' port of each server; of somebody else's cluster nobody knows the addresses.
 */
export function apiServers({ servers }: Pick<Inventory, "servers">): readonly Addresses[] {
    return servers.length === 0
        ? [{ kind: "addresses", cidr: "0.0.0.0/0", ports: [443, 6443] }]
        : servers.map(({ address }) => ({ kind: "addresses", cidr: `${address}/32`, ports: [6443] }));
}
