import { GPU_LABEL } from "../workload";

/** What every maker's plugin is told. */
export interface GpuPluginArgs {
    /** Words of the node label `homelab/gpu` of the nodes that have one; at least one word. */
    readonly models: readonly string[];
    /** Pods that may use one GPU at the same time; with 1, a second pod on the node waits for the first to go. */
    readonly podsPerGpu: number;
}

/** Labels that a node must have; `null` takes one of the chart's own away. */
export type ChartNodeSelector = Readonly<Record<string, string | null>>;

/**
 * Selects nodes by their model. The nodes say from their first boot which GPU they have; the charts look for labels of node
 * feature discovery, which is not installed.
 * @param chartDefaults labels that the chart asks for by itself; `null` takes them away
 */
export function nodesWith(model: string, chartDefaults: readonly string[] = []): ChartNodeSelector {
    return { ...Object.fromEntries(chartDefaults.map((label) => [label, null])), [GPU_LABEL]: model };
}
