import { commonestVendor, gpuVendorOf } from "../../gpu-vendor";
import { listed, type ConfigIssue } from "../issues";
import { workerPlaces, type CrossCheck, type MachinePlace, type SoundAreas } from "./places";

export interface Spread {
    readonly path: string;
    readonly replicas: number;
    /** What a host needs to take one: `a machine with a GPU`. */
    readonly need: string;
    /** The host of each machine or node that can take one. */
    readonly able: readonly string[];
    /** The other way out, besides fewer replicas. */
    readonly otherwise: string;
}

/** A host is a failure domain: two replicas on one host are one. So replicas are limited by hosts, not by machines. */
export function tooMany({ path, replicas, need, able, otherwise }: Spread): ConfigIssue[] {
    const hosts = [...new Set(able)];
    if (replicas <= hosts.length) {
        return [];
    }
    const who = hosts.length === 0 ? "no host has one" : `${listed(hosts)} ${hosts.length === 1 ? "has" : "have"} one`;
    const limit = hosts.length === 1 ? "1 host" : `${hosts.length} hosts`;
    return [
        {
            path,
            wrong: `${replicas} is more than the ${limit} that can take one`,
            rule: `replicas are spread over hosts, and each needs ${need}: ${who}`,
            write: hosts.length === 0 ? otherwise : `write ${hosts.length} or less, or ${otherwise}`,
        },
    ];
}

/**
 * The machines with a GPU, of the commonest maker where there are several: the pods of a workload ask for one resource.
 * Hosts with a mistake in them say nothing about makers.
 */
function ofOneMaker(workers: readonly MachinePlace[], hosts: SoundAreas["hosts"]) {
    const withGpu = workers.filter(({ machine }) => machine.gpu);
    const makerOf = ({ machine }: MachinePlace) => {
        const id = hosts?.find(({ name }) => name === machine.host)?.gpu?.id;
        return id === undefined ? undefined : gpuVendorOf(id);
    };
    const makers = withGpu.flatMap((place) => makerOf(place) ?? []);
    const main = commonestVendor(makers);
    return new Set(makers).size < 2
        ? { able: withGpu, only: undefined }
        : { able: withGpu.filter((place) => makerOf(place) === main), only: main };
}

/** Jellyfin's pods each need a host with a machine that runs workloads, with a GPU unless it is told to do without. */
export const jellyfinFits: CrossCheck = ({ hosts, cluster, jellyfin }) => {
    if (cluster === undefined || jellyfin === undefined) {
        return [];
    }
    const workers = workerPlaces(cluster);
    const withGpu = ofOneMaker(workers, hosts);
    return tooMany({
        path: "jellyfin.replicas",
        replicas: jellyfin.replicas,
        need: jellyfin.gpu
            ? `a machine for workloads with gpu: true${withGpu.only === undefined ? "" : ` of one maker, ${withGpu.only}`}`
            : "a machine for workloads",
        able: (jellyfin.gpu ? withGpu.able : workers).map(({ machine }) => machine.host),
        otherwise: jellyfin.gpu ? "set jellyfin.gpu: false" : "put a machine on another host",
    });
};

/** Copies of a volume are kept on different hosts. */
export const blockReplicasFit: CrossCheck = ({ cluster, storage }) =>
    cluster === undefined || storage === undefined
        ? []
        : tooMany({
              path: "storage.blockReplicas",
              replicas: storage.blockReplicas,
              need: "a machine for workloads",
              able: workerPlaces(cluster).map(({ machine }) => machine.host),
              otherwise: "put a machine on another host",
          });

/** Instances of a cluster of databases; two of three must agree. */
const databaseInstances = 3;

/** Each instance of the database needs a host with a machine that runs workloads. */
export const databaseInstancesFit: CrossCheck = ({ cluster, database }) => {
    if (cluster === undefined || (database?.mode !== "ha" && database?.moveFrom !== "ha")) {
        return [];
    }
    const hosts = [...new Set(workerPlaces(cluster).map(({ machine }) => machine.host))];
    return hosts.length >= databaseInstances
        ? []
        : [
              {
                  path: database.mode === "ha" ? "database.mode" : "database.moveFrom",
                  wrong: `ha needs ${databaseInstances} hosts with machines for workloads, and there ${hosts.length === 1 ? "is 1" : `are ${hosts.length}`}`,
                  rule: "each of its instances is on a host of its own, and two of three must be left to agree",
                  write:
                      database.mode === "ha"
                          ? "write single, or put machines on more hosts"
                          : "put machines on more hosts, or restore a dump",
              },
          ];
};
