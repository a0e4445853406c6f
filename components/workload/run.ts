import type { ClaimTemplate } from "./volumes";
import type { Spread } from "./placement";

/** Interchangeable pods. */
export interface RunDeployment {
    readonly kind: "Deployment";
    readonly replicas: number;
    readonly spread?: Spread;
    /** `Recreate` where two versions must not run at once, for example on one volume. Default `RollingUpdate`. */
    readonly update?: "RollingUpdate" | "Recreate";
}

/** Pods with a name and claims of their own. */
export interface RunStatefulSet {
    readonly kind: "StatefulSet";
    readonly replicas: number;
    readonly spread?: Spread;
    /** `OrderedReady` (default) starts pod 1 only when pod 0 is ready. */
    readonly podManagement?: "OrderedReady" | "Parallel";
    /** Whether only the last pod gets what is new, and the others keep what they have. Default false. */
    readonly canary?: boolean;
    /** Seconds a new pod must stay ready before the next one is replaced. Default 0. */
    readonly minReadySeconds?: number;
    readonly claims?: readonly ClaimTemplate[];
}

/** One pod on every node that fits. */
export interface RunDaemonSet {
    readonly kind: "DaemonSet";
}

/** Once, to its end. */
export interface RunJob {
    readonly kind: "Job";
    /** Failed pods until the job has failed. */
    readonly retries: number;
    /** Seconds until a job that hangs is ended. */
    readonly deadlineSeconds: number;
    /**
     * Whether each attempt is a pod of its own that stays with what it said; default false: the container is started again,
     * and its pod goes with the failed job.
     */
    readonly keepsFailedPods?: boolean;
    /** Whether a job that was made is left as it is, whatever changes here; default false: a change makes it run again. */
    readonly once?: boolean;
    /**
     * What the errors of a job mean that could not speak for itself, such as one whose volumes could not be mounted; shown
     * below them. `undefined` where they say enough.
     */
    readonly onFailure?: (errors: readonly string[]) => string | undefined;
}

/** Again and again, never two at once. */
export interface RunCronJob {
    readonly kind: "CronJob";
    /** Five fields, in `timeZone`. */
    readonly schedule: string;
    /** Default `Etc/UTC`. */
    readonly timeZone?: string;
    readonly retries: number;
    readonly deadlineSeconds: number;
    /** As of a job: containers that work together cannot start again one by one. Default false. */
    readonly keepsFailedPods?: boolean;
    /** Never by itself: a template, of which a person makes a job when it is needed. Default false. */
    readonly suspended?: boolean;
}

export type Run = RunDeployment | RunStatefulSet | RunDaemonSet | RunJob | RunCronJob;

/** Pods that serve at the same time, as far as it is known from the configuration. */
export function replicasOf(run: Run): number {
    return run.kind === "Deployment" || run.kind === "StatefulSet" ? run.replicas : 1;
}

/** Why nobody misses what the pods leave behind; `undefined` where their claims hold data. */
export function dispensable(run: Run): string | undefined {
    if (run.kind !== "StatefulSet") return "its pods leave nothing behind";
    const claims = run.claims ?? [];
    if (claims.length === 0) return "its pods have no claims of their own";
    return claims.every(({ holdsNoData }) => holdsNoData === true)
        ? "what is on its pods' claims can be made again"
        : undefined;
}

/** How replicas are spread; `undefined` where there is nothing to spread. */
export function spreadOf(run: Run): Spread | undefined {
    if (run.kind !== "Deployment" && run.kind !== "StatefulSet") {
        return undefined;
    }
    return run.replicas < 2 ? undefined : (run.spread ?? "one-per-host");
}
