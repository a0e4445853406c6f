/** A release of the chart, with what its templates derive names from. */
export interface MetalLbRelease {
    /** What its objects' names begin with. */
    readonly name: string;
    /** Name of the release. */
    readonly instance: string;
    readonly namespace: string;
    readonly values: Readonly<Record<string, unknown>>;
    /** Name and version of the chart, joined. */
    readonly chart: string;
    readonly appVersion: string;
}

export type Part = "controller" | "speaker";

/** On the Deployment and the pod of the controller. */
export const CONTROLLER_LABELS = {
    "app.kubernetes.io/name": "metallb",
    "app.kubernetes.io/component": "controller",
} as const;

/** Variable of the controller: the Secret that it makes, with the key by which speakers know each other. */
export const MEMBERLIST_VARIABLE = "METALLB_ML_SECRET_NAME";
export const MEMBERLIST_KEY = "secretkey";

export function memberlistSecret({ name }: MetalLbRelease): string {
    return `${name}-memberlist`;
}

export function selectorOf({ instance }: MetalLbRelease, part?: Part): Record<string, string> {
    return {
        "app.kubernetes.io/name": "metallb",
        "app.kubernetes.io/instance": instance,
        ...(part && { "app.kubernetes.io/component": part }),
    };
}

export function labelsOf(release: MetalLbRelease, part?: Part): Record<string, string> {
    return {
        ...selectorOf(release, part),
        "helm.sh/chart": release.chart,
        "app.kubernetes.io/version": release.appVersion,
    };
}
