import type * as pulumi from "@pulumi/pulumi";
import {
    BlockStorage,
    ExistingBlockClass,
    ExistingSharedClass,
    FileStorage,
    type BlockVolumes,
    type SharedVolumes,
} from "../components/storage";
import type { HomelabConfig } from "../infra/config/schema";
import { defaultBlockReplicas, defaultLibraryGiB } from "../infra/config/storage";
import type { Backup } from "./backup";

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
    return new FileStorage("files", { nas: storage.nas }, { providers });
}

function classesOf(cluster: HomelabConfig["cluster"]): {
    readonly block?: string | undefined;
    readonly shared?: string | undefined;
} {
    return cluster.kind === "existing" ? cluster.storageClasses : {};
}
