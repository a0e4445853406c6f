import { jellyfinPlaces, workplaces, type PlacementCheck } from "./workplaces";

/** Workers transcode on what Jellyfin transcodes on, and each pod with a GPU has a share of one. */
export const workersHaveGpus: PlacementCheck = (config) => {
    const [{ gpu, jellyfin }, nodes] = [config, workplaces(config)];
    if (nodes === undefined || gpu === undefined || jellyfin?.workers === undefined || !jellyfin.gpu) return [];
    const { able, vendor } = jellyfinPlaces(nodes, true);
    const shared = vendor !== "amd";
    const shares = able.length * (shared ? gpu.podsPerGpu : 1);
    const { replicas, workers } = jellyfin;
    if (shares === 0 || replicas + workers.replicas <= shares) return [];
    const most = shares - replicas;
    const others = [...(most > 0 ? [`write ${most} or less`] : []), ...(shared ? ["raise gpu.podsPerGpu"] : [])];
    return [
        {
            path: "jellyfin.workers.replicas",
            wrong: `${workers.replicas} beside ${replicas} of Jellyfin are more than the ${shares} pods that share ${able.length} GPUs`,
            rule: `each has a share of a GPU, ${shared ? "as many as gpu.podsPerGpu" : "and AMD's are not shared"}`,
            write: [...others, `${others.length > 0 ? "or " : ""}set jellyfin.gpu: false`].join(", "),
        },
    ];
};
