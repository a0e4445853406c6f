import type { KubeObject } from "../kube/client";
import type { BodyKind } from "../settings";

/** What a Helm release gives to its chart. */
export interface ChartRelease {
    readonly name: string;
    readonly namespace: string;
    /** As the program wrote them; the chart's own defaults are not merged in. */
    readonly values: Readonly<Record<string, unknown>>;
    /**
     * What the machines of the cluster are made of: where no containers run, a webhook would refuse everything, as nobody
     * answers for it. Default: simulated.
     */
    readonly bodies?: BodyKind;
}

/** What a release consists of, in no particular order: the plugin installs by kind, definitions first. */
export interface RenderedChart {
    /** CustomResourceDefinitions: installed before everything else, never upgraded or removed (as Helm does with `crds/`). */
    readonly crds: readonly KubeObject[];
    /** Everything else. An object without a namespace, of a namespaced kind, goes to the release's namespace. */
    readonly objects: readonly KubeObject[];
}

/** Stands in for one version of a Helm chart: typed values in, the objects that matter out. */
export interface ChartStandIn {
    /** The chart's name as in its repository, for example `longhorn`. */
    readonly chart: string;
    /** Exact chart version, without a leading `v` unless the repository has one. */
    readonly version: string;
    /** Version of the program inside, shown in the release's status. Default: empty. */
    readonly appVersion?: string;
    /**
     * Pure: the same release gives the same objects.
     * @throws Error `<path in values>: <what is wrong>` for a value that the real chart would refuse or ignore; it becomes the
     * refused input `values` of the release.
     */
    render(release: ChartRelease): RenderedChart;
}
