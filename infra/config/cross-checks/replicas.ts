import { listed, type ConfigIssue } from "../issues";
import { workerPlaces, type CrossCheck } from "./places";

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

/** Jellyfin's pods each need a host with a machine that runs workloads, with a GPU unless it is told to do without. */
export const jellyfinFits: CrossCheck = ({ cluster, jellyfin }) => {
    if (cluster === undefined || jellyfin === undefined) {
        return [];
    }
    const workers = workerPlaces(cluster);
    return tooMany({
        path: "jellyfin.replicas",
        replicas: jellyfin.replicas,
        need: jellyfin.gpu ? "a machine for workloads with gpu: true" : "a machine for workloads",
        able: workers.filter(({ machine }) => machine.gpu || !jellyfin.gpu).map(({ machine }) => machine.host),
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
