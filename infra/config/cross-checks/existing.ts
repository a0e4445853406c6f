import { defaultBlockReplicas } from "../storage";
import { listed, shown, type ConfigIssue } from "../issues";
import type { ExistingClusterHouse } from "../schema";
import type { ExistingCheck } from "./places";
import { tooMany } from "./replicas";

type Node = ExistingClusterHouse["cluster"]["nodes"][number];

/** What fails with the node; a node that names nothing fails alone. */
function hostOf({ name, host }: Node): string {
    return host ?? name;
}

/** A node is named once. */
export const uniqueNodes: ExistingCheck = ({ cluster }) => {
    const names = (cluster?.nodes ?? []).map(({ name }) => name);
    return names.flatMap((name, index): ConfigIssue[] => {
        const first = names.indexOf(name);
        const wrong = `${shown(name)} is used by cluster.nodes[${first}] too`;
        const write = "remove one of the two";
        return first === index
            ? []
            : [{ path: `cluster.nodes[${index}].name`, wrong, rule: "names of nodes are unique", write }];
    });
};

/** The library and the settings of applications are shared between pods: on a NAS, or by a class of the cluster. */
export const sharedStorageIsThere: ExistingCheck = ({ cluster, storage }) =>
    cluster === undefined ||
    storage === undefined ||
    storage.nas !== undefined ||
    cluster.storageClasses.shared !== undefined
        ? []
        : [
              {
                  path: "storage.nas",
                  wrong: "is missing, and so is cluster.storageClasses.shared",
                  rule: "the library and the settings of applications are on storage that several pods use",
                  write: "write the address and export of an NFS server, or the class of such volumes",
              },
          ];

/** One of two places for the library, or nobody could tell where it is. */
export const oneSharedStorage: ExistingCheck = ({ cluster, storage }) =>
    storage?.nas === undefined || cluster?.storageClasses.shared === undefined
        ? []
        : [
              {
                  path: "cluster.storageClasses.shared",
                  wrong: `${cluster.storageClasses.shared} is given, and so is storage.nas`,
                  rule: "the library is in one place",
                  write: "remove one of the two",
              },
          ];

/** Longhorn keeps the copies of a volume on different hosts, on nodes that have an iSCSI client. */
export const blockReplicasFitNodes: ExistingCheck = ({ cluster, storage }) =>
    cluster === undefined || storage === undefined || cluster.storageClasses.block !== undefined
        ? []
        : tooMany({
              path: "storage.blockReplicas",
              replicas: storage.blockReplicas ?? defaultBlockReplicas,
              need: "a node with nfs: true for Longhorn",
              able: cluster.nodes.filter(({ nfs }) => nfs).map(hostOf),
              otherwise: "name a class of the cluster in cluster.storageClasses.block",
          });

/** The NAS is as large as it is. */
export const librarySizeIsOfAClass: ExistingCheck = ({ storage }) =>
    storage?.nas === undefined || storage.libraryGiB === undefined
        ? []
        : [
              {
                  path: "storage.libraryGiB",
                  wrong: `${storage.libraryGiB} has no meaning with storage.nas`,
                  rule: "a library on the NAS has the size of the NAS",
                  write: "remove it",
              },
          ];

/** How many copies a class keeps is its own affair. */
export const copiesAreLonghorns: ExistingCheck = ({ cluster, storage }) =>
    storage?.blockReplicas === undefined || cluster?.storageClasses.block === undefined
        ? []
        : [
              {
                  path: "storage.blockReplicas",
                  wrong: `${storage.blockReplicas} has no meaning for the class ${cluster.storageClasses.block}`,
                  rule: "how many copies there are is decided where the class is made",
                  write: "remove it",
              },
          ];

/** Without a known proxy everybody has the address of Traefik's pod, which is a private one. */
export const clientsAreKnown: ExistingCheck = ({ cluster, jellyfin }) => {
    const reasons = [
        ...(jellyfin?.exposure === "public" ? ["jellyfin.exposure is public"] : []),
        ...(jellyfin?.dlna === undefined ? [] : ["jellyfin.dlna is there"]),
    ];
    return cluster === undefined || cluster.network !== undefined || reasons.length === 0
        ? []
        : [
              {
                  path: "cluster.network",
                  wrong: `is missing, and ${listed(reasons)}`,
                  rule: "Jellyfin takes everybody for somebody at home, who needs less of a login, unless it knows whose word for an address it can take",
                  write: "write the network of the pods, and that of the house",
              },
          ];
};
