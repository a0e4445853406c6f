import { z } from "zod";

/** Name by which the operator knows the plugin that keeps archives. */
const ARCHIVER = "barman-cloud.cloudnative-pg.io";

const record = z.record(z.string(), z.unknown());
const metadata = z.looseObject({ name: z.string(), namespace: z.string() });

const databasesSchema = z.object({
    items: z.array(
        z.looseObject({ metadata, spec: z.looseObject({ name: z.string(), cluster: z.object({ name: z.string() }) }) }),
    ),
});

const clusterSchema = z.looseObject({
    metadata,
    spec: z.looseObject({
        plugins: z
            .array(
                z.looseObject({
                    name: z.string(),
                    parameters: z.record(z.string(), z.string()).default({}),
                }),
            )
            .default([]),
        postgresql: z.looseObject({ parameters: record.default({}), pg_hba: z.array(z.string()).default([]) }),
    }),
});

/** A cluster as the API server has it. */
export type LiveCluster = z.infer<typeof clusterSchema>;

const policySchema = z.looseObject({ metadata: z.looseObject({ labels: record.default({}) }), spec: record });

const storeSchema = z.object({
    status: z
        .object({
            serverRecoveryWindow: z
                .record(z.string(), z.object({ firstRecoverabilityPoint: z.string().optional() }))
                .default({}),
        })
        .default({ serverRecoveryWindow: {} }),
});

export interface ClusterName {
    readonly namespace: string;
    readonly name: string;
}

/**
 * The cluster that has a database.
 * @param listed what `kubectl get databases.postgresql.cnpg.io --output json` printed
 * @throws Error naming those that there are
 */
export function clusterOf(database: string, listed: unknown): ClusterName {
    const { items } = databasesSchema.parse(listed);
    const found = items.find(({ spec }) => spec.name === database);
    if (found === undefined) {
        const names = items.map(({ spec }) => spec.name).join(", ");
        throw new Error(
            `${database}: no cluster has such a database; there are ${names || "none (database.mode: ha)"}`,
        );
    }
    return { namespace: found.metadata.namespace, name: found.spec.cluster.name };
}

export function liveCluster(value: unknown): LiveCluster {
    return clusterSchema.parse(value);
}

/** Where a cluster's archive is: an `ObjectStore`, and a folder in it. */
export interface Archive {
    readonly store: string;
    readonly folder: string;
}

/** @throws Error where the cluster keeps none */
export function archiveOf({ metadata: { name }, spec }: LiveCluster, folder: string | undefined): Archive {
    const parameters = spec.plugins.find((plugin) => plugin.name === ARCHIVER)?.parameters;
    const store = parameters?.["barmanObjectName"];
    if (store === undefined)
        throw new Error(`${name}: keeps no archive (objectStorage.kind: none), so there is no way back to a moment`);
    return { store, folder: folder ?? parameters?.["serverName"] ?? name };
}

/**
 * The first moment that can be gone back to; `undefined` where the plugin does not say.
 * @param store the `ObjectStore` as the API server has it
 */
export function firstMoment(store: unknown, { folder }: Archive): Date | undefined {
    const text = storeSchema.parse(store).status.serverRecoveryWindow[folder]?.firstRecoverabilityPoint;
    return text === undefined ? undefined : new Date(text);
}

/** Of the second cluster, and of all that belongs to it. */
export function nameThen({ name }: ClusterName): string {
    return `${name}-then`;
}

/** The network policy of a cluster for another one of the same kind. @param policy as the API server has it */
export function policyThen(policy: unknown, cluster: ClusterName): Readonly<Record<string, unknown>> {
    const { metadata: old, spec } = policySchema.parse(policy);
    const renamed = (value: unknown): unknown =>
        JSON.parse(JSON.stringify(value), (_key, inner: unknown) =>
            inner === cluster.name ? nameThen(cluster) : inner,
        );
    return {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: nameThen(cluster), namespace: cluster.namespace, labels: renamed(old.labels) },
        spec: renamed(spec),
    };
}

/**
 * One server that reads an archive up to a moment. It has the image, the disk and the memory of those that wrote it, and
 * settings that are not below theirs, without which PostgreSQL does not read on. It archives nothing.
 */
export function clusterThen(
    { metadata: { name, namespace }, spec }: LiveCluster,
    { store, folder }: Archive,
    at: Date,
): Readonly<Record<string, unknown>> {
    const { imageName, storage, resources, affinity, postgresql } = spec;
    const { parameters, pg_hba } = postgresql;
    return {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Cluster",
        metadata: { name: nameThen({ name, namespace }), namespace },
        spec: {
            instances: 1,
            ...{ imageName, storage, resources, affinity },
            postgresql: { parameters, pg_hba },
            enablePDB: false,
            enableSuperuserAccess: false,
            bootstrap: { recovery: { source: "archive", recoveryTarget: { targetTime: at.toISOString() } } },
            externalClusters: [
                {
                    name: "archive",
                    plugin: { name: ARCHIVER, parameters: { barmanObjectName: store, serverName: folder } },
                },
            ],
        },
    };
}
