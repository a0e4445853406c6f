import type { types } from "@pulumi/kubernetes";

type Schema = types.input.apiextensions.v1.JSONSchemaProps;

/** What plans are. */
export const PLAN_KIND = { group: "upgrade.cattle.io", version: "v1", kind: "Plan", plural: "plans" } as const;

const text: Schema = { type: "string" };
const flag: Schema = { type: "boolean" };
const integer: Schema = { type: "integer", format: "int64" };

function listOf(items: Schema): Schema {
    return { type: "array", items };
}

function shape(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema {
    return { type: "object", properties, ...(required.length === 0 ? {} : { required: [...required] }) };
}

const labelSelector = shape({
    matchLabels: { type: "object", additionalProperties: text },
    matchExpressions: listOf(shape({ key: text, operator: text, values: listOf(text) }, ["key", "operator"])),
});

const container = shape(
    {
        image: text,
        command: listOf(text),
        args: listOf(text),
        volumes: listOf(shape({ name: text, source: text, destination: text }, ["name", "source", "destination"])),
    },
    ["image"],
);

const drain = shape({
    timeout: text,
    gracePeriod: { type: "integer", format: "int32" },
    deleteLocalData: flag,
    deleteEmptydirData: flag,
    ignoreDaemonSets: flag,
    force: flag,
    disableEviction: flag,
    skipWaitForDeleteTimeout: integer,
    podSelector: labelSelector,
});

/** Fields without those whose shapes are Kubernetes' own (variables, security contexts), as `rancher/system-upgrade-controller:pkg/apis/upgrade.cattle.io/v1/types.go` of v0.20.1 has them. */
const spec = shape(
    {
        concurrency: integer,
        jobActiveDeadlineSecs: integer,
        nodeSelector: labelSelector,
        serviceAccountName: text,
        channel: text,
        version: text,
        secrets: listOf(shape({ name: text, path: text, ignoreUpdates: flag, defaultMode: integer }, ["name", "path"])),
        tolerations: listOf(
            shape({ key: text, operator: text, value: text, effect: text, tolerationSeconds: integer }),
        ),
        exclusive: flag,
        window: shape({ days: listOf(text), startTime: text, endTime: text, timeZone: text }),
        prepare: container,
        upgrade: container,
        cordon: flag,
        drain,
        imagePullSecrets: listOf(shape({ name: text })),
        postCompleteDelay: text,
        priorityClassName: text,
        postCompleteLabels: { type: "object", additionalProperties: text },
    },
    ["upgrade"],
);

const status = shape({
    conditions: listOf(
        shape({
            type: text,
            status: text,
            reason: text,
            message: text,
            lastUpdateTime: text,
            lastTransitionTime: text,
        }),
    ),
    latestVersion: text,
    latestHash: text,
    applying: listOf(text),
});

/**
 * The definition of plans; without it no plan can be made before the controller has started for the first time. It then
 * puts its own over this one, which has the rest.
 */
export function planDefinition(): types.input.apiextensions.v1.CustomResourceDefinitionSpec {
    const { group, version, kind, plural } = PLAN_KIND;
    const schema = {
        openAPIV3Schema: shape({ apiVersion: text, kind: text, metadata: { type: "object" }, spec, status }),
    };
    return {
        group,
        scope: "Namespaced",
        names: { kind, plural, singular: "plan", listKind: "PlanList" },
        versions: [{ name: version, served: true, storage: true, subresources: { status: {} }, schema }],
    };
}
