import { addressNumber } from "../addressing";
import { bounds } from "./networks";
import type { ConfigIssue } from "../issues";
import { machinePlaces, virtualAddressPlaces, type CrossCheck, type SoundAreas } from "./places";

interface ResolverPlace {
    readonly path: string;
    readonly address: string;
    readonly kind: "upstream" | "home";
    /** Whose address it is, as messages say it. */
    readonly bearer: string;
}

/** Every resolver of the house with the place where it is written. */
export function resolverPlaces({ network }: SoundAreas): ResolverPlace[] {
    const { upstreams = [], homeZone } = network?.dns ?? {};
    return [
        ...upstreams.flatMap(({ name, addresses }, index) =>
            addresses.map((address, position) => ({
                path: `network.dns.upstreams[${index}].addresses[${position}]`,
                address,
                kind: "upstream" as const,
                bearer: `the resolver ${name}`,
            })),
        ),
        ...(homeZone?.resolvers ?? []).map((address, index) => ({
            path: `network.dns.homeZone.resolvers[${index}]`,
            address,
            kind: "home" as const,
            bearer: "the house's resolver",
        })),
    ];
}

/** The router passes on what the provider says; that is the very thing that this house does not believe. */
export const routerIsNoUpstream: CrossCheck = (areas) =>
    resolverPlaces(areas)
        .filter(({ address, kind }) => kind === "upstream" && address === areas.network?.lan.gateway)
        .map(({ path, address }) => ({
            path,
            wrong: `${address} is network.lan.gateway, the router`,
            rule: "a router asks its provider, which may lie about names that it does not like",
            write: "write the address of a resolver; for the names of the house the router may be one of network.dns.homeZone",
        }));

/** Where of the cluster an address is, as a message says it; `undefined` of one outside. */
function partOfTheCluster(address: string, { network, cluster }: SoundAreas): string | undefined {
    const value = addressNumber(address);
    const area = (["pods", "services"] as const).find((name) => {
        const { first, last } = network === undefined ? { first: 0, last: -1 } : bounds(network[name]);
        return value >= first && value <= last;
    });
    if (area !== undefined) return `inside network.${area} ${network?.[area] ?? ""}`;
    const bearers = [
        ...machinePlaces(cluster).map(({ machine }) => ({ bearer: machine.name, address: machine.address })),
        ...virtualAddressPlaces(cluster),
    ];
    const own = bearers.find((one) => one.address === address);
    return own && `the address of ${own.bearer}`;
}

/** Who answers for the cluster's DNS must be there before it is. */
export const resolversOutsideTheCluster: CrossCheck = (areas) =>
    resolverPlaces(areas).flatMap(({ path, address }): ConfigIssue[] => {
        const where = partOfTheCluster(address, areas);
        return where === undefined
            ? []
            : [
                  {
                      path,
                      wrong: `${address} is ${where}`,
                      rule: "nothing in the cluster starts without names, so no name may need the cluster",
                      write: "write a resolver outside the cluster",
                  },
              ];
    });

/** A resolver that is written twice is asked twice as often, and is no second one when it fails. */
export const resolversOnce: CrossCheck = (areas) => {
    const seen = new Map<string, string>();
    return resolverPlaces(areas)
        .filter(({ kind }) => kind === "upstream")
        .flatMap(({ path, address }) => {
            const other = seen.get(address);
            seen.set(address, other ?? path);
            return other === undefined
                ? []
                : [
                      {
                          path,
                          wrong: `${address} is ${other} too`,
                          rule: "a second resolver is another one",
                          write: "write another address, or remove it",
                      },
                  ];
        });
};
