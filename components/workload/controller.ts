import type * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import type { types } from "@pulumi/kubernetes";
import { explained, PROVIDER_WAITS_SECONDS } from "./awaiting";
import { objectLabels, selectorLabels, type Identity } from "./identity";
import { canaryAnnotations, partitionOf } from "./rollout";
import type { RunCronJob, RunDeployment, RunJob, RunStatefulSet, Run } from "./run";
import { claimTemplateSpec } from "./volumes";

type Template = types.input.core.v1.PodTemplateSpec;

/** The object that keeps the pods. */
export type Controller =
    k8s.apps.v1.Deployment | k8s.apps.v1.StatefulSet | k8s.apps.v1.DaemonSet | k8s.batch.v1.Job | k8s.batch.v1.CronJob;

function deploymentSpec(run: RunDeployment, identity: Identity, template: Template) {
    // Spread replicas have no free host for one more: an old pod goes before a new one comes.
    const surge = run.replicas >= 2 ? { maxSurge: 0, maxUnavailable: 1 } : { maxSurge: 1, maxUnavailable: 0 };
    const strategy =
        run.update === "Recreate"
            ? { type: "Recreate" as const }
            : { type: "RollingUpdate" as const, rollingUpdate: surge };
    return {
        replicas: run.replicas,
        selector: { matchLabels: selectorLabels(identity) },
        strategy,
        template,
    };
}

function statefulSetSpec(run: RunStatefulSet, identity: Identity, template: Template, governingService: string) {
    // Labels of a claim template are as immutable as the template: only what never changes goes in.
    const claimLabels = selectorLabels(identity);
    const claims = run.claims ?? [];
    return {
        replicas: run.replicas,
        serviceName: governingService,
        selector: { matchLabels: selectorLabels(identity) },
        podManagementPolicy: run.podManagement ?? "OrderedReady",
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: partitionOf(run) } },
        minReadySeconds: run.minReadySeconds ?? 0,
        // The claims hold what the pods know: neither scaling down nor deleting the set takes them away.
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
        template,
        ...(claims.length === 0
            ? {}
            : { volumeClaimTemplates: claims.map((claim) => claimTemplateSpec(claim, claimLabels)) }),
    };
}

function jobSpec(run: RunJob | RunCronJob, template: Template) {
    return { backoffLimit: run.retries, activeDeadlineSeconds: run.deadlineSeconds, template };
}

function cronJobSpec(run: RunCronJob, template: Template) {
    return {
        schedule: run.schedule,
        timeZone: run.timeZone ?? "Etc/UTC",
        ...(run.suspended === true ? { suspend: true } : {}),
        concurrencyPolicy: "Forbid",
        // Older than this, a missed run is left out instead of being caught up.
        startingDeadlineSeconds: 600,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: { spec: jobSpec(run, template) },
    };
}

/** Headless Service that gives the pods of a StatefulSet their names. */
export function governingServiceName(identity: Identity): string {
    return `${identity.name}-pods`;
}

/**
 * Has the provider make a job anew in the next `up` that has not succeeded (jobs only, pulumi-kubernetes 3.2.0 and later): what
 * it fails of is mended elsewhere, and nobody has to delete it first.
 */
const REPLACED_WHEN_FAILED = { "pulumi.com/replaceUnready": "true" } as const;

function jobOptions(name: string, run: RunJob): pulumi.CustomResourceOptions {
    // One that is given up while it runs would be made anew as well: it is waited for until its own deadline ends it.
    const wait = `${Math.max(PROVIDER_WAITS_SECONDS, run.deadlineSeconds + 60)}s`;
    return {
        ...(run.onFailure === undefined ? {} : explained(name, run.onFailure)),
        ...(run.once === true ? { ignoreChanges: ["spec"] } : {}),
        customTimeouts: { create: wait, update: wait },
    };
}

/** Annotations by which the provider is told how to wait, and what to do about a failure. */
function steering(run: Run): Record<string, string> {
    if (run.kind === "StatefulSet") return canaryAnnotations(run);
    return run.kind === "Job" ? REPLACED_WHEN_FAILED : {};
}

/** @param name Pulumi name of the resource. */
export function createController(
    name: string,
    run: Run,
    identity: Identity,
    namespace: pulumi.Input<string>,
    annotations: Record<string, string>,
    template: Template,
    opts: pulumi.CustomResourceOptions,
): Controller {
    const written = { ...annotations, ...steering(run) };
    const metadata = {
        name: identity.name,
        namespace,
        labels: objectLabels(identity),
        ...(Object.keys(written).length === 0 ? {} : { annotations: written }),
    };
    switch (run.kind) {
        case "Deployment":
            return new k8s.apps.v1.Deployment(name, { metadata, spec: deploymentSpec(run, identity, template) }, opts);
        case "StatefulSet": {
            const spec = statefulSetSpec(run, identity, template, governingServiceName(identity));
            return new k8s.apps.v1.StatefulSet(name, { metadata, spec }, opts);
        }
        case "DaemonSet": {
            const spec = { selector: { matchLabels: selectorLabels(identity) }, template };
            return new k8s.apps.v1.DaemonSet(name, { metadata, spec }, opts);
        }
        case "Job":
            return new k8s.batch.v1.Job(
                name,
                { metadata, spec: jobSpec(run, template) },
                { ...opts, ...jobOptions(name, run) },
            );
        case "CronJob":
            return new k8s.batch.v1.CronJob(name, { metadata, spec: cronJobSpec(run, template) }, opts);
    }
}
