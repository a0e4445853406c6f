import { workerPlaces, type CrossCheck } from "./places";

/** Workers transcode on what Jellyfin transcodes on, and each pod with a GPU has a share of one. */
export const workersHaveGpus: CrossCheck = ({ cluster, gpu, jellyfin }) => {
    if (cluster === undefined || gpu === undefined || jellyfin?.workers === undefined || !jellyfin.gpu) return [];
    const gpus = workerPlaces(cluster).filter(({ machine }) => machine.gpu).length;
    const shares = gpus * gpu.podsPerGpu;
    const { replicas, workers } = jellyfin;
    if (gpus === 0 || replicas + workers.replicas <= shares) return [];
    const most = shares - replicas;
    return [
        {
            path: "jellyfin.workers.replicas",
            wrong: `${workers.replicas} beside ${replicas} of Jellyfin are more than the ${shares} pods that share ${gpus} GPUs`,
            rule: "each has a share of a GPU, as many as gpu.podsPerGpu",
            write: `${most > 0 ? `write ${most} or less, ` : ""}raise gpu.podsPerGpu, or set jellyfin.gpu: false`,
        },
    ];
};
