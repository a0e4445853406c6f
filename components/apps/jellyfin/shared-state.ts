import * as pulumi from "@pulumi/pulumi";
import type { Redis } from "../../data";
import { fromOutput, type Env } from "../../workload";

/** Seconds that a transcode belongs to the pod that began it, unless that renews it. */
const LEASE_SECONDS = "30";
/** Seconds between two looks at who runs the tasks of all pods. */
const PROBE_SECONDS = "2";

/**
 * What an image that shares state through Redis is told, in the words of Nichols-HomeLab/jellyfin-ha, whose server reads
 * variables that begin with `JELLYFIN_` only. It prints those at its start, so the password has a name of another kind.
 * A pod starts while Redis is away (`abortConnect=false`). The default image knows none of them.
 */
export function sharedState({ reachable, workload, passwordEnv }: Redis): Env {
    return {
        JELLYFIN_INSTANCE_ID: "$(POD_NAME)",
        JELLYFIN_Jellyfin__TranscodeStore__RedisConnectionString: fromOutput(
            pulumi.interpolate`${workload.hostname}:${reachable.port},abortConnect=false`,
        ),
        JELLYFIN_Jellyfin__TranscodeStore__LeaseDurationSeconds: LEASE_SECONDS,
        JELLYFIN_Jellyfin__CatalogOwnership__ProbeIntervalSeconds: PROBE_SECONDS,
        TRANSCODE_STORE_REDIS_PASSWORD: passwordEnv,
    };
}
