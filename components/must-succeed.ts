import type * as pulumi from "@pulumi/pulumi";

/** Work that has to succeed again and again; whoever watches the house makes an alert of it. */
export interface MustSucceed {
    readonly kind: "cron-job";
    readonly namespace: pulumi.Input<string>;
    readonly name: string;
    /** Seconds since the last success (`kube_cronjob_status_last_successful_time`) after which somebody has to look. */
    readonly withinSeconds: number;
}

/** What runs each night, and may take two hours. */
export const MISSED_NIGHT_SECONDS = 26 * 3600;
/** What runs each week. */
export const MISSED_WEEK_SECONDS = 8 * 24 * 3600;
