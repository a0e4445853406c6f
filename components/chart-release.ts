import type * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import type { ChartPin } from "./versions";

export interface ChartReleaseArgs {
    /** Name of the release, and of its objects. */
    readonly releaseName: string;
    readonly pin: ChartPin;
    readonly namespace: pulumi.Input<string>;
    readonly values: Readonly<Record<string, unknown>>;
    /** Seconds until an installation that is not ready is rolled back; default 600. */
    readonly timeoutSeconds?: number;
}

/**
 * A chart installed as a Helm release: with hooks, roll-back, and one resource in the state. Atomic: an upgrade that
 * does not get ready leaves the version that ran before.
 */
export function chartRelease(
    name: string,
    args: ChartReleaseArgs,
    opts: pulumi.CustomResourceOptions,
): k8s.helm.v3.Release {
    return new k8s.helm.v3.Release(
        name,
        {
            name: args.releaseName,
            chart: args.pin.chart,
            version: args.pin.version,
            repositoryOpts: { repo: args.pin.repository },
            namespace: args.namespace,
            values: { ...args.values },
            // A `null` takes a default of the chart away; without this it would be dropped on the way.
            allowNullValues: true,
            atomic: true,
            cleanupOnFail: true,
            timeout: args.timeoutSeconds ?? 600,
            maxHistory: 5,
        },
        opts,
    );
}
