import { commonestVendor, gpuVendorOf, type GpuVendor } from "../../gpu-vendor";
import type { ConfigIssue } from "../issues";
import type { ExistingClusterHouse, MachineHouse } from "../schema";
import { workerPlaces, type SoundAreas, type SoundExistingAreas } from "./places";

/** The sound areas of a house of either kind. */
export type EitherAreas = SoundAreas | SoundExistingAreas;

/** A rule about where pods go, the same for machines of the house and for nodes that were there before. */
export type PlacementCheck = (config: EitherAreas) => ConfigIssue[];

/** A node that workloads may use. */
export interface Workplace {
    /** What fails with it. */
    readonly host: string;
    /** Its GPU; the maker is `undefined` where a mistake hides it. */
    readonly gpu: { readonly vendor: GpuVendor | undefined } | undefined;
    /** Whether Jellyfin and its workers can be there, their GPU aside. */
    readonly takesJellyfin: boolean;
    /** Whether an instance of a cluster of databases can be there. */
    readonly takesDatabase: boolean;
}

/** The nodes that workloads may use, and how messages speak of them. */
export interface Workplaces {
    readonly places: readonly Workplace[];
    readonly words: {
        readonly one: string;
        /** What Jellyfin asks of one, its GPU aside. */
        readonly forJellyfin: readonly string[];
        readonly gpu: string;
        /** Those that a database can be on. */
        readonly forDatabases: string;
        /** How Jellyfin gets one more host. */
        readonly another: string;
        /** How databases get more hosts. */
        readonly more: string;
    };
}

/** @returns `undefined` where a mistake hides the nodes */
export function workplaces(config: EitherAreas): Workplaces | undefined {
    const { cluster, jellyfin } = config;
    if (cluster === undefined) return undefined;
    return cluster.kind === "existing" ? onNodes(cluster, jellyfin) : onMachines(cluster, hostsOf(config));
}

function hostsOf(config: EitherAreas): SoundAreas["hosts"] {
    return "hosts" in config ? config.hosts : undefined;
}

function onMachines(cluster: MachineHouse["cluster"], hosts: SoundAreas["hosts"]): Workplaces {
    const makerAt = (host: string) => {
        const id = hosts?.find(({ name }) => name === host)?.gpu?.id;
        return id === undefined ? undefined : gpuVendorOf(id);
    };
    return {
        places: workerPlaces(cluster).map(({ machine: { host, gpu } }) => ({
            host,
            gpu: gpu ? { vendor: makerAt(host) } : undefined,
            takesJellyfin: true,
            takesDatabase: true,
        })),
        words: {
            one: "a machine for workloads",
            forJellyfin: [],
            gpu: "gpu: true",
            forDatabases: "machines for workloads",
            another: "put a machine on another host",
            more: "put machines on more hosts",
        },
    };
}

/** Jellyfin's image is for amd64. A volume of the NAS or of Longhorn needs a node that is prepared for it. */
function onNodes(
    { nodes, storageClasses }: ExistingClusterHouse["cluster"],
    jellyfin: EitherAreas["jellyfin"],
): Workplaces {
    // That no node at all is prepared for Longhorn is said once, of storage.blockReplicas.
    const blockNeedsNfs = storageClasses.block === undefined && nodes.some(({ nfs }) => nfs);
    // Beside workers it has no block volumes of its own.
    const jellyfinNeedsNfs = storageClasses.shared === undefined || (blockNeedsNfs && jellyfin?.workers === undefined);
    return {
        places: nodes.map(({ name, host, architecture, nfs, gpu, gpuVendor }) => ({
            host: host ?? name,
            gpu: gpu === undefined ? undefined : { vendor: gpuVendor },
            takesJellyfin: architecture === "amd64" && (nfs || !jellyfinNeedsNfs),
            takesDatabase: nfs || !blockNeedsNfs,
        })),
        words: {
            one: "a node",
            forJellyfin: ["architecture: amd64", ...(jellyfinNeedsNfs ? ["nfs: true"] : [])],
            gpu: "a gpu",
            forDatabases: blockNeedsNfs ? "nodes with nfs: true" : "nodes",
            another: "describe another such node",
            more: "describe nodes on more hosts",
        },
    };
}

/**
 * Where Jellyfin can be: with a GPU, of the commonest maker where there are several, since the pods of a workload ask for
 * one resource.
 */
export function jellyfinPlaces(
    { places }: Workplaces,
    onGpu: boolean,
): { readonly able: readonly Workplace[]; readonly vendor: GpuVendor | undefined; readonly several: boolean } {
    const vendors = places.flatMap(({ gpu }) => gpu?.vendor ?? []);
    const vendor = commonestVendor(vendors);
    const several = new Set(vendors).size > 1;
    const fits = ({ gpu }: Workplace) => !onGpu || (gpu !== undefined && (!several || gpu.vendor === vendor));
    return { able: places.filter((place) => place.takesJellyfin && fits(place)), vendor, several };
}

/** The hosts that can take a pod of Jellyfin; none where a mistake hides them. */
export function jellyfinHosts(config: EitherAreas): readonly string[] {
    const nodes = workplaces(config);
    if (nodes === undefined || config.jellyfin === undefined) return [];
    return [...new Set(jellyfinPlaces(nodes, config.jellyfin.gpu).able.map(({ host }) => host))];
}

/** A GPU as it is described, whether anything uses it or not. */
export interface DescribedGpu {
    /** Where its word is written. */
    readonly path: string;
    /** Host or node. */
    readonly owner: string;
    readonly model: string;
    readonly vendor: GpuVendor;
}

/** The GPUs of hosts or nodes; those of unknown makers are left out. */
export function describedGpus(config: EitherAreas): DescribedGpu[] {
    const { cluster } = config;
    if (cluster?.kind === "existing") {
        return cluster.nodes.flatMap(({ name: owner, gpu: model, gpuVendor: vendor }, index) =>
            model === undefined ? [] : [{ path: `cluster.nodes[${index}].gpu`, owner, model, vendor }],
        );
    }
    return (hostsOf(config) ?? []).flatMap(({ name: owner, gpu }, index) => {
        if (gpu === undefined) return [];
        const vendor = gpuVendorOf(gpu.id);
        return vendor === undefined ? [] : [{ path: `hosts[${index}].gpu.model`, owner, model: gpu.model, vendor }];
    });
}
