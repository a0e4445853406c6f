import { count, flag, group } from "./field";

/** How GPUs are handed out, of whatever make they are. */
export const gpuSchema = group("How the GPUs of the nodes are handed out.", {
    podsPerGpu: count(
        "Pods that may use one GPU at the same time. Default: 2: the media server, and what checks or converts beside it. AMD's GPUs are given to one pod at a time, whatever is written here.",
        { min: 1, max: 32, rule: "memory and time of a GPU are shared, not divided" },
    ).default(2),
    smokeTest: flag(
        "Whether `pulumi up` transcodes one second on each GPU before anything is put on it, and stops where that fails. Default: true.",
    ).default(true),
}).prefault({});
