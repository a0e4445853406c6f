import { listed, type ConfigIssue } from "../issues";
import { workerPlaces, type CrossCheck } from "./places";
import { jellyfinPlaces, workplaces, type PlacementCheck } from "./workplaces";

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

/** Jellyfin's pods each need a host with a node that can run them, with a GPU unless it is told to do without. */
export const jellyfinFits: PlacementCheck = (config) => {
    const [{ jellyfin }, nodes] = [config, workplaces(config)];
    if (nodes === undefined || jellyfin === undefined) {
        return [];
    }
    const { words } = nodes;
    const { able, vendor, several } = jellyfinPlaces(nodes, jellyfin.gpu);
    const gpu = `${words.gpu}${several ? ` of one maker, ${vendor ?? ""}` : ""}`;
    const asks = [...words.forJellyfin, ...(jellyfin.gpu ? [gpu] : [])];
    return tooMany({
        path: "jellyfin.replicas",
        replicas: jellyfin.replicas,
        need: asks.length === 0 ? words.one : `${words.one} with ${asks.join(", ")}`,
        able: able.map(({ host }) => host),
        otherwise: jellyfin.gpu ? "set jellyfin.gpu: false" : words.another,
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

/** Each instance of the database needs a host with a node that can run it. */
export const databaseInstancesFit: PlacementCheck = (config) => {
    const [{ database }, nodes] = [config, workplaces(config)];
    if (nodes === undefined || (database?.mode !== "ha" && database?.moveFrom !== "ha")) {
        return [];
    }
    const { places, words } = nodes;
    const hosts = new Set(places.filter(({ takesDatabase }) => takesDatabase).map(({ host }) => host)).size;
    return hosts >= databaseInstances
        ? []
        : [
              {
                  path: database.mode === "ha" ? "database.mode" : "database.moveFrom",
                  wrong: `ha needs ${databaseInstances} hosts with ${words.forDatabases}, and there ${hosts === 1 ? "is 1" : `are ${hosts}`}`,
                  rule: "each of its instances is on a host of its own, and two of three must be left to agree",
                  write: database.mode === "ha" ? `write single, or ${words.more}` : `${words.more}, or restore a dump`,
              },
          ];
};
