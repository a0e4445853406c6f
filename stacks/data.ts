import * as pulumi from "@pulumi/pulumi";
import {
    DatabaseBackup,
    ExternalDatabase,
    Postgres,
    PostgresCluster,
    PostgresOperator,
    Redis,
    type Database,
} from "../components/data";
import { Namespace } from "../components/namespace";
import type { Addresses, Admitted } from "../components/workload";
import type { HomelabConfig } from "../infra/config/schema";
import type { Backup } from "./backup";
import type { Base } from "./base";
import type { Platform } from "./platform";

/** Databases and caches, beside the applications that they serve. */
export interface Data {
    readonly jellyfin: {
        readonly namespace: Namespace;
        readonly database: Database;
        /** `undefined` where the image shares nothing through Redis. */
        readonly cache: Redis | undefined;
    };
}

/** The pods that read figures; labels of kube-prometheus-stack. */
const prometheus: Admitted = {
    kind: "pods",
    namespace: "monitoring",
    labels: { "app.kubernetes.io/name": "prometheus" },
};

/** Where the API is served: at k3s' port of each server; of somebody else's cluster nobody knows the addresses. */
function apiServers({ servers }: Base["inventory"]): readonly Addresses[] {
    return servers.length === 0
        ? [{ kind: "addresses", cidr: "0.0.0.0/0", ports: [443, 6443] }]
        : servers.map(({ address }) => ({ kind: "addresses", cidr: `${address}/32`, ports: [6443] }));
}

export function data(config: HomelabConfig, base: Base, platform: Platform, kept: Backup): Data {
    const { providers } = base;
    const namespace = new Namespace("jellyfin", { podSecurity: "restricted", partOf: "media" }, { providers });
    const common = { app: "jellyfin", partOf: "media", namespace: namespace.name };
    const scrapers = config.database.exporter ? [prometheus] : undefined;
    const database = jellyfinDatabase(config, base, platform, kept, namespace);
    if (kept.storage !== undefined) {
        const target = kept.storage.databases;
        const size = `${config.jellyfin.databaseGiB}Gi`;
        new DatabaseBackup("jellyfin-database-backup", { ...common, database, target, size }, { providers });
    }
    const cache = config.jellyfin.redis
        ? new Redis("jellyfin-redis", { ...common, objectName: "jellyfin-redis", scrapers }, { providers })
        : undefined;
    return { jellyfin: { namespace, database, cache } };
}

function jellyfinDatabase(
    config: HomelabConfig,
    base: Base,
    platform: Platform,
    kept: Backup,
    namespace: Namespace,
): Database {
    const { house, database, jellyfin } = config;
    const { providers } = base;
    const common = { app: "jellyfin", partOf: "media", namespace: namespace.name };
    const { mode, memoryMiB, maxConnections, exporter } = database;
    switch (mode) {
        case "single":
            return new Postgres(
                "jellyfin-postgres",
                {
                    ...common,
                    objectName: "jellyfin-postgres",
                    storage: platform.block,
                    size: `${jellyfin.databaseGiB}Gi`,
                    server: { memoryMiB, maxConnections },
                    scrapers: exporter ? [prometheus] : undefined,
                },
                { providers, protect: house.protectData },
            ).database("jellyfin");
        case "ha":
            return databaseCluster(config, base, platform, kept, namespace).database("jellyfin");
        case "external":
            // The checked configuration has it; its type cannot say so.
            if (database.external === undefined) throw new pulumi.RunError("database.external: is missing");
            return new ExternalDatabase(
                "jellyfin-postgres-external",
                { ...common, ...database.external, databaseName: "jellyfin", namespaceName: "jellyfin" },
                { providers },
            );
    }
}

function databaseCluster(
    { house, database, jellyfin }: HomelabConfig,
    { providers, inventory }: Base,
    { block, certificates }: Platform,
    kept: Backup,
    namespace: Namespace,
): PostgresCluster {
    const { storage } = kept;
    const operator = new PostgresOperator("cloudnative-pg", { archives: storage && { certificates } }, { providers });
    const { archiver } = operator;
    const { memoryMiB, maxConnections, exporter } = database;
    return new PostgresCluster(
        "jellyfin-postgres-ha",
        {
            // Not the name of the single server: while one goes and the other comes, both are there.
            objectName: "jellyfin-postgres-ha",
            partOf: "media",
            namespace: namespace.name,
            operator,
            storage: block,
            size: `${jellyfin.databaseGiB}Gi`,
            server: { memoryMiB, maxConnections },
            api: apiServers(inventory),
            archive: storage && archiver && { target: storage.databases, archiver },
            scrapers: exporter ? [prometheus] : undefined,
        },
        { providers, protect: house.protectData },
    );
}
