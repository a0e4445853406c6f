import type { types } from "@pulumi/kubernetes";
import type { Weaken } from "./weaken";

/** The user that a pod's processes run as. */
export interface RunAs {
    readonly user: number;
    readonly group: number;
    /**
     * Group that owns the pod's block volumes. Changed only where the root of the volume differs, because the default
     * walks over every file at each start.
     */
    readonly volumeGroup?: number;
    /** Further groups, for example the render group of a GPU. */
    readonly extraGroups?: readonly number[];
}

export function podSecurity(runAs: RunAs, weaken: Weaken): types.input.core.v1.PodSecurityContext {
    const volumeGroup =
        runAs.volumeGroup === undefined
            ? {}
            : { fsGroup: runAs.volumeGroup, fsGroupChangePolicy: "OnRootMismatch" as const };
    const extraGroups = runAs.extraGroups === undefined ? {} : { supplementalGroups: [...runAs.extraGroups] };
    return {
        runAsNonRoot: weaken["run-as-root"] === undefined,
        runAsUser: runAs.user,
        runAsGroup: runAs.group,
        ...volumeGroup,
        ...extraGroups,
        seccompProfile: { type: "RuntimeDefault" },
    };
}

export function containerSecurity(
    weaken: Weaken,
    addCapabilities: readonly string[] = [],
): types.input.core.v1.SecurityContext {
    if (weaken.privileged !== undefined) {
        return { privileged: true, readOnlyRootFilesystem: weaken["writable-root"] === undefined };
    }
    const add = addCapabilities.length === 0 ? {} : { add: [...addCapabilities] };
    return {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: weaken["writable-root"] === undefined,
        capabilities: { drop: ["ALL"], ...add },
    };
}
