/** Who a workload is: the name of its objects and the words of its labels. */
export interface Identity {
    /** Name of the objects in Kubernetes (explicit: people, DNS and claims use it). */
    readonly name: string;
    /** `app.kubernetes.io/name`, the program: `jellyfin`. */
    readonly app: string;
    /** `app.kubernetes.io/component`, its part in the program: `web`, `database`, `cache`. */
    readonly component: string;
    /** `app.kubernetes.io/part-of`, the area of the house: `media`, `storage`. */
    readonly partOf: string;
}

export type Labels = Readonly<Record<string, string>>;

/**
 * Labels that select exactly this workload. They can never change on a live Deployment or StatefulSet, so they hold
 * identity only. `component` is always among them: without it a Service of Jellyfin also selected its database, and
 * every second request went to PostgreSQL.
 */
export function selectorLabels(identity: Identity): Labels {
    return {
        "app.kubernetes.io/name": identity.app,
        "app.kubernetes.io/instance": identity.name,
        "app.kubernetes.io/component": identity.component,
    };
}

/** Labels of every object of the workload: the selector and what groups it. */
export function objectLabels(identity: Identity): Labels {
    return {
        ...selectorLabels(identity),
        "app.kubernetes.io/part-of": identity.partOf,
        "app.kubernetes.io/managed-by": "pulumi",
    };
}
