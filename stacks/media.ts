import { Jellyfin } from "../components/apps/jellyfin";
import { Library } from "../components/storage";
import type { HomelabConfig } from "../infra/config/schema";
import type { Base } from "./base";
import type { Data } from "./data";
import type { Platform } from "./platform";

/** The media applications. */
export interface Media {
    readonly jellyfin: Jellyfin;
}

export function media(config: HomelabConfig, { providers }: Base, platform: Platform, data: Data): Media {
    const { replicas, host, gpu, transcodeGiB, cacheGiB } = config.jellyfin;
    const opts = { providers, protect: config.house.protectData };
    const namespace = data.jellyfin.namespace.name;
    const { block, files, gpus, ingress } = platform;
    const library = new Library("library-jellyfin", { files, namespace, namespaceName: "jellyfin" }, opts);
    const jellyfin = new Jellyfin(
        "jellyfin",
        {
            namespace,
            replicas,
            host,
            database: data.jellyfin.database,
            cache: data.jellyfin.cache,
            library,
            block,
            files,
            gpu: gpu ? [...gpus.values()][0] : undefined,
            ingress,
            sizes: { transcode: `${transcodeGiB}Gi`, cache: `${cacheGiB}Gi` },
        },
        opts,
    );
    return { jellyfin };
}
