import type * as pulumi from "@pulumi/pulumi";
import type { Jellyfin, PodAddition } from "../components/apps/jellyfin";
import { TranscodeAccess, TranscodeWorkers, type TranscodeWorkersArgs } from "../components/apps/transcode-workers";
import { noGpu } from "../components/gpu";
import type { Library } from "../components/storage";
import { images } from "../components/versions";
import type { HomelabConfig } from "../infra/config/schema";
import type { Platform } from "./platform";

/** Workers that transcode for Jellyfin: what its pods get before, and the workers themselves after. */
export interface Transcoding {
    readonly addition: PodAddition;
    start(jellyfin: Jellyfin): void;
}

interface Ground {
    readonly namespace: pulumi.Input<string>;
    readonly image: TranscodeWorkersArgs["image"] | undefined;
    readonly library: Library;
    readonly platform: Platform;
}

/** @returns `undefined` where Jellyfin does it alone. */
export function transcoding(
    { jellyfin: { gpu, workers } }: HomelabConfig,
    { namespace, image, library, platform }: Ground,
    opts: pulumi.ComponentResourceOptions,
): Transcoding | undefined {
    if (workers === undefined) return undefined;
    const args: TranscodeWorkersArgs = {
        namespace,
        image: image ?? { reference: images.jellyfin },
        replicas: workers.replicas,
        resources: { cpu: workers.cpu, memoryGiB: workers.memoryGiB },
        library,
        files: platform.files,
        graphics: gpu ? platform.graphics : noGpu,
        cacheSize: `${workers.sharedGiB}Gi`,
    };
    const access = new TranscodeAccess("transcode", args, opts);
    return {
        addition: access.addition,
        start: (serves) => {
            new TranscodeWorkers("transcode-workers", { ...args, access, serves }, opts);
        },
    };
}
