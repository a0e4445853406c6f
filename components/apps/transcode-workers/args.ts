import type * as pulumi from "@pulumi/pulumi";
import type { Graphics } from "../../gpu";
import type { Library, SharedVolumes } from "../../storage";
import type { Identity } from "../../workload";

export interface TranscodeWorkersArgs {
    readonly namespace: pulumi.Input<string>;
    /** The image of Jellyfin itself: both must have the same ffmpeg and the same drivers. */
    readonly image: {
        readonly reference: pulumi.Input<string>;
        readonly pullSecret?: pulumi.Input<string> | undefined;
    };
    readonly replicas: number;
    /** What each worker reserves, and the memory it may take. */
    readonly resources: { readonly cpu: number; readonly memoryGiB: number };
    readonly library: Library;
    readonly files: SharedVolumes;
    /** The same as Jellyfin's: it writes one command line for all. */
    readonly graphics: Graphics;
    /** Size of the volume that Jellyfin's pods and the workers share, a Kubernetes quantity. */
    readonly cacheSize: string;
}

export const IDENTITY: Identity = { name: "transcode", app: "jellyfin", component: "transcode", partOf: "media" };

/** Names of the workers' pods. */
export function podNames(replicas: number): string[] {
    return Array.from({ length: replicas }, (_, index) => `${IDENTITY.name}-${index}`);
}
