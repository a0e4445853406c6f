import type * as pulumi from "@pulumi/pulumi";
import {
    BlockStorage,
    ExistingBlockClass,
    ExistingSharedClass,
    FileStorage,
    StoragePreflight,
    type BlockVolumes,
    type SharedVolumes,
} from "../components/storage";
import type { HomelabConfig } from "../infra/config/schema";
import { defaultBlockReplicas, defaultLibraryGiB } from "../infra/config/storage";
import { storageNodes } from "../infra/inventory";
import type { Backup } from "./backup";
import type { Base } from "./base";

type Providers = pulumi.ProviderResource[];

/** Volumes of one pod: a class of the cluster, where there is one, else Longhorn. */
export function blockVolumes(
    { cluster, house, storage }: HomelabConfig,
    providers: Providers,
    kept: Backup,
): BlockVolumes {
    const className = classesOf(cluster).block;
    if (className !== undefined) {
        return new ExistingBlockClass("block", { className }, { providers });
    }
    const args = {
        replicas: storage.blockReplicas ?? defaultBlockReplicas,
        disposable: !house.protectData,
        backups: kept.storage?.longhorn,
    };
    return new BlockStorage("block", args, { providers, protect: house.protectData });
}

/** Volumes of several pods: a class of the cluster, where there is one, else the NAS. */
export function sharedVolumes({ cluster, storage }: HomelabConfig, providers: Providers): SharedVolumes {
    const className = classesOf(cluster).shared;
    if (className !== undefined) {
        const alone = cluster.kind === "existing" && cluster.nodes.length === 1;
        const accessMode = alone ? "ReadWriteOnce" : "ReadWriteMany";
        const libraryGiB = ("libraryGiB" in storage ? storage.libraryGiB : undefined) ?? defaultLibraryGiB;
        return new ExistingSharedClass(
            "files",
            { className, accessMode, librarySize: `${libraryGiB}Gi` },
            { providers },
        );
    }
    if (storage.nas === undefined) {
        throw new Error("there is neither a NAS nor a class, which parseConfig should have refused");
    }
    const { address, export: path, nfsVersion } = storage.nas;
    return new FileStorage("files", { nas: { address, export: path, nfsVersion } }, { providers });
}

/** Tries the storage that the house brings on each node where its volumes may be mounted; classes of the cluster are not ours. */
export function storageProof(
    { house, storage }: HomelabConfig,
    { inventory, providers }: Base,
    block: BlockVolumes,
    files: SharedVolumes,
): readonly pulumi.Resource[] {
    const ours = {
        block: block instanceof BlockStorage ? block : undefined,
        files: files.kind === "nas" ? files : undefined,
    };
    if (!storage.preflight || (ours.block === undefined && ours.files === undefined)) return [];
    const opts = { providers, protect: house.protectData };
    return new StoragePreflight("storage-preflight", { nodes: storageNodes(inventory), ...ours }, opts).passed;
}

function classesOf(cluster: HomelabConfig["cluster"]): {
    readonly block?: string | undefined;
    readonly shared?: string | undefined;
} {
    return cluster.kind === "existing" ? cluster.storageClasses : {};
}
