import type * as pulumi from "@pulumi/pulumi";
import { LoadBalancer, type LoadBalancerArgs } from "../components/network";
import { addressNumber, rangeEnds, toAddress } from "../infra/config/addressing";
import type { MachineHouse } from "../infra/config/schema";

/** The addresses that the house gives to Services itself; `undefined` where k3s gives them those of the machines. */
export function poolsOf({ loadBalancer: chosen }: Pick<MachineHouse["network"], "loadBalancer">) {
    return chosen.kind === "metallb" ? pools(chosen.addresses) : undefined;
}

/** The ingress has the first address for itself, so that no other Service takes it while Traefik is away. */
function pools(range: string): LoadBalancerArgs {
    const { first, last } = rangeEnds(range);
    return { ingress: first, others: first === last ? undefined : `${toAddress(addressNumber(first) + 1)}-${last}` };
}

export function loadBalancer(
    { network }: MachineHouse,
    providers: pulumi.ProviderResource[],
): LoadBalancer | undefined {
    const args = poolsOf(network);
    return args && new LoadBalancer("load-balancer", args, { providers });
}
