import type { ConfigIssue } from "../issues";
import type { ExistingClusterHouse, MachineHouse } from "../schema";

type Sound<House> = { readonly [A in keyof House]?: House[A] | undefined };

/** The areas that are sound by themselves; an area with a mistake of its own is absent. */
export type SoundAreas = Sound<MachineHouse>;

/** The same of a house on an existing cluster. */
export type SoundExistingAreas = Sound<ExistingClusterHouse>;

/**
 * A rule between fields: looks at the sound areas and tells what does not agree.
 * @param unsound names of the areas with a mistake of their own, which are not missing
 */
export type CrossCheck = (config: SoundAreas, unsound?: ReadonlySet<PropertyKey>) => ConfigIssue[];

/** A rule between fields of a house on an existing cluster. */
export type ExistingCheck = (config: SoundExistingAreas, unsound?: ReadonlySet<PropertyKey>) => ConfigIssue[];

/** A rule between fields that are the same in every house. */
export type CommonCheck = (
    config: Pick<SoundAreas, "house" | "ingress" | "database" | "jellyfin" | "objectStorage" | "aws">,
    unsound?: ReadonlySet<PropertyKey>,
) => ConfigIssue[];

type Cluster = MachineHouse["cluster"];

/** A machine with the place where it is written. */
export interface MachinePlace {
    readonly path: string;
    readonly role: "server" | "agent";
    readonly machine: Cluster["servers"]["machines"][number];
    readonly memoryGiB: number;
    readonly disk: { readonly path: string; readonly gib: number };
}

/** All machines, servers first, as they stand in the file. */
export function machinePlaces(cluster: Cluster | undefined): MachinePlace[] {
    const groups = [
        { role: "server", path: "cluster.servers", group: cluster?.servers },
        { role: "agent", path: "cluster.agents", group: cluster?.agents },
    ] as const;
    return groups.flatMap(({ role, path, group }) =>
        (group?.machines ?? []).map((machine, index) => ({
            path: `${path}.machines[${index}]`,
            role,
            machine,
            memoryGiB: group?.memoryGiB ?? 0,
            disk: { path: `${path}.diskGiB`, gib: group?.diskGiB ?? 0 },
        })),
    );
}

/** Where the address that the servers share is written, if it is. */
export function virtualAddressPlaces(
    cluster: Cluster | undefined,
): { path: string; address: string; bearer: string }[] {
    const address = cluster?.virtualAddress;
    return address === undefined ? [] : [{ path: "cluster.virtualAddress", address, bearer: "the API server" }];
}

/** The machines that workloads run on: the agents, or the servers where there are no agents. */
export function workerPlaces(cluster: Cluster): MachinePlace[] {
    const all = machinePlaces(cluster);
    return all.filter(({ role }) => role === (cluster.agents === undefined ? "server" : "agent"));
}
