import { addressNumber } from "../addressing";
import { bounds } from "./networks";
import type { CrossCheck, SoundAreas } from "./places";

interface ResolverPlace {
    readonly path: string;
    readonly address: string;
    readonly kind: "upstream" | "home";
}

/** Every resolver of the house with the place where it is written. */
function resolverPlaces({ network }: SoundAreas): ResolverPlace[] {
    const { upstreams = [], homeZone } = network?.dns ?? {};
    return [
        ...upstreams.flatMap(({ addresses }, index) =>
            addresses.map((address, position) => ({
                path: `network.dns.upstreams[${index}].addresses[${position}]`,
                address,
                kind: "upstream" as const,
            })),
        ),
        ...(homeZone?.resolvers ?? []).map((address, index) => ({
            path: `network.dns.homeZone.resolvers[${index}]`,
            address,
            kind: "home" as const,
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

/** Who answers for the cluster's DNS must be there before it is. */
export const resolversOutsideTheCluster: CrossCheck = (areas) =>
    resolverPlaces(areas).flatMap(({ path, address }) =>
        (["pods", "services"] as const).flatMap((area) => {
            const cidr = areas.network?.[area];
            if (cidr === undefined) return [];
            const { first, last } = bounds(cidr);
            const value = addressNumber(address);
            return value < first || value > last
                ? []
                : [
                      {
                          path,
                          wrong: `${address} is inside network.${area} ${cidr}`,
                          rule: "nothing in the cluster starts without names, so no name may need the cluster",
                          write: "write a resolver outside the cluster",
                      },
                  ];
        }),
    );

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
