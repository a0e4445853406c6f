import type * as pulumi from "@pulumi/pulumi";
import type { Admitted, ContainerSpec, Destination, Env, ExistingClaim, Mount } from "../../workload";

/** What another part of the house puts into Jellyfin's pods. Plain data: who gives it knows nothing of the pod. */
export interface PodAddition {
    readonly env?: Env;
    readonly mounts?: readonly Mount[];
    /** Folders below `/config` that are made before anything is mounted on them. */
    readonly folders?: readonly string[];
    /** Run before Jellyfin, after its own. */
    readonly init?: readonly ContainerSpec[];
    readonly admits?: readonly Admitted[];
    readonly reaches?: readonly Destination[];
    readonly after?: readonly pulumi.Resource[];
    /** Volume for the caches of all pods, at `/cache`, each in the folder of its name; in place of disks of their own. */
    readonly sharedCache?: ExistingClaim;
}

/** All additions as one; where two give the same variable, the last one counts. */
export function addedUp(additions: readonly PodAddition[]): Required<Omit<PodAddition, "sharedCache">> & PodAddition {
    const sharedCache = additions.find((addition) => addition.sharedCache !== undefined)?.sharedCache;
    return {
        env: Object.fromEntries(additions.flatMap(({ env }) => Object.entries(env ?? {}))),
        mounts: additions.flatMap(({ mounts }) => mounts ?? []),
        folders: additions.flatMap(({ folders }) => folders ?? []),
        init: additions.flatMap(({ init }) => init ?? []),
        admits: additions.flatMap(({ admits }) => admits ?? []),
        reaches: additions.flatMap(({ reaches }) => reaches ?? []),
        after: additions.flatMap(({ after }) => after ?? []),
        ...(sharedCache === undefined ? {} : { sharedCache }),
    };
}
