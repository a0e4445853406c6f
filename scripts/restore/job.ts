import { z } from "zod";
import type { RestoreKind, RestoreRequest } from "./arguments";

const variable = z.looseObject({ name: z.string() });
const container = z.looseObject({ name: z.string(), env: z.array(variable).default([]) });
const podSpec = z.looseObject({ initContainers: z.array(container), containers: z.array(container) });
const template = z.looseObject({ metadata: z.looseObject({}), spec: podSpec });

const cronJobSchema = z.looseObject({
    metadata: z.looseObject({
        name: z.string(),
        namespace: z.string(),
        uid: z.string(),
        labels: z.record(z.string(), z.string()),
    }),
    spec: z.looseObject({ jobTemplate: z.looseObject({ spec: z.looseObject({ template }) }) }),
});

/** The template of a restore, as the program made it. */
export type RestoreTemplate = z.infer<typeof cronJobSchema>;

const listSchema = z.object({ items: z.array(cronJobSchema) });

/** Selects the templates of a kind among all jobs. */
export function templateSelector(kind: RestoreKind): string {
    return `app.kubernetes.io/component=${kind}-restore`;
}

/**
 * The template for what is asked for.
 * @param listed what `kubectl get cronjobs --output json` printed
 * @throws Error naming those that there are templates for
 */
export function templateFor({ kind, name }: Pick<RestoreRequest, "kind" | "name">, listed: unknown): RestoreTemplate {
    const { items } = listSchema.parse(listed);
    const suffix = `-${kind}-restore`;
    const found = items.find(({ metadata }) => metadata.name === `${name.replaceAll("_", "-")}${suffix}`);
    if (found === undefined) {
        const names = items.map(({ metadata }) => metadata.name.slice(0, -suffix.length)).join(", ");
        throw new Error(
            `${name}: this cluster restores no such ${kind}; there are ${names || "none (no bucket is configured)"}`,
        );
    }
    return found;
}

/** A job made of the template, with the three words that differ. It is the template's own: both go together. */
export function restoreJob(source: RestoreTemplate, request: RestoreRequest, suffix: string): Record<string, unknown> {
    const words: Readonly<Record<string, string>> = {
        DUMP: request.dump,
        REPLACE: request.replace ? "yes" : "no",
        DRY_RUN: request.dryRun ? "yes" : "no",
    };
    const told = (one: z.infer<typeof container>) => ({
        ...one,
        env: one.env.map((entry) => ({ ...entry, ...(entry.name in words && { value: words[entry.name] ?? "" }) })),
    });
    const { metadata, spec } = source;
    const { template: pod, ...job } = spec.jobTemplate.spec;
    const owner = { apiVersion: "batch/v1", kind: "CronJob", name: metadata.name, uid: metadata.uid };
    return {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: {
            name: `${metadata.name}-${suffix}`,
            namespace: metadata.namespace,
            labels: metadata.labels,
            annotations: { "cronjob.kubernetes.io/instantiate": "manual" },
            ownerReferences: [owner],
        },
        spec: {
            ...job,
            template: {
                ...pod,
                spec: {
                    ...pod.spec,
                    initContainers: pod.spec.initContainers.map(told),
                    containers: pod.spec.containers.map(told),
                },
            },
        },
    };
}
