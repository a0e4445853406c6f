import * as pulumi from "@pulumi/pulumi";
import {
    DatabaseBackup,
    ExternalDatabase,
    MovedDatabase,
    Postgres,
    PostgresCluster,
    PostgresOperator,
    Redis,
    type Database,
    type DatabaseBackupArgs,
} from "../components/data";
import type { MustSucceed } from "../components/must-succeed";
import { Namespace } from "../components/namespace";
import type { Admitted } from "../components/workload";
import type { HomelabConfig } from "../infra/config/schema";
import { apiServers } from "./api-servers";
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
    readonly watched: readonly MustSucceed[];
}

/** The pods that read figures; labels of kube-prometheus-stack. */
export const prometheus: Admitted = {
    kind: "pods",
    namespace: "monitoring",
    labels: { "app.kubernetes.io/name": "prometheus" },
};

export function data(config: HomelabConfig, base: Base, platform: Platform, kept: Backup): Data {
    const { providers } = base;
    // A namespace takes all that is in it along, claims too.
    const namespace = new Namespace(
        "jellyfin",
        { podSecurity: "restricted", partOf: "media" },
        { providers, protect: config.house.protectData },
    );
    const common = { app: "jellyfin", partOf: "media", namespace: namespace.name };
    const scrapers = config.database.exporter ? [prometheus] : undefined;
    const ground = { config, base, platform, kept, namespace };
    const size = `${config.jellyfin.databaseGiB}Gi`;
    const { mode, moveFrom = "nothing" } = config.database;
    const current = jellyfinDatabase(mode, ground);
    const database =
        moveFrom === "nothing"
            ? current
            : new MovedDatabase(
                  "jellyfin-database-move",
                  {
                      ...{ ...common, size },
                      from: { database: jellyfinDatabase(moveFrom, ground), mode: moveFrom },
                      to: { database: current, mode },
                  },
                  { providers },
              );
    const watched = dumps(kept, { ...common, database, size }, providers);
    const cache = config.jellyfin.redis
        ? new Redis("jellyfin-redis", { ...common, objectName: "jellyfin-redis", scrapers }, { providers })
        : undefined;
    return { jellyfin: { namespace, database, cache }, watched };
}

/** Nothing where the house keeps nothing elsewhere. */
function dumps(
    { storage }: Backup,
    args: Omit<DatabaseBackupArgs, "target" | "keepDays">,
    providers: pulumi.ProviderResource[],
): readonly MustSucceed[] {
    if (storage === undefined) return [];
    const { databases: target, keepDumpsDays: keepDays } = storage;
    return new DatabaseBackup("jellyfin-database-backup", { ...args, target, keepDays }, { providers }).watch;
}

type Mode = HomelabConfig["database"]["mode"];

/** What a database stands on. */
interface Ground {
    readonly config: HomelabConfig;
    readonly base: Base;
    readonly platform: Platform;
    readonly kept: Backup;
    readonly namespace: Namespace;
}

/** @param mode who runs its server; while data moves, there is one of each of two */
function jellyfinDatabase(mode: Mode, ground: Ground): Database {
    const { house, database, jellyfin } = ground.config;
    const { providers } = ground.base;
    const common = { app: "jellyfin", partOf: "media", namespace: ground.namespace.name };
    const { memoryMiB, maxConnections, exporter } = database;
    switch (mode) {
        case "single":
            return new Postgres(
                "jellyfin-postgres",
                {
                    ...common,
                    objectName: "jellyfin-postgres",
                    storage: ground.platform.block,
                    size: `${jellyfin.databaseGiB}Gi`,
                    server: { memoryMiB, maxConnections },
                    scrapers: exporter ? [prometheus] : undefined,
                    movedTo: movedTo(mode, database),
                },
                { providers, protect: house.protectData && movedTo(mode, database) === undefined },
            ).database("jellyfin");
        case "ha":
            return databaseCluster(ground).database("jellyfin");
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

function databaseCluster({ config, base, platform, kept, namespace }: Ground): PostgresCluster {
    const { providers, inventory } = base;
    const { house, database, jellyfin } = config;
    const { block, certificates } = platform;
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
            sizeGiB: jellyfin.databaseGiB,
            server: { memoryMiB, maxConnections },
            api: apiServers(inventory),
            archive: storage && archiver && { target: storage.databases, keepDays: storage.keepDumpsDays, archiver },
            scrapers: exporter ? [prometheus] : undefined,
            movedTo: movedTo("ha", database),
        },
        { providers, protect: house.protectData && movedTo("ha", database) === undefined },
    );
}

/** Who has the data of a server that is left: it goes with the setting, without its volume. */
function movedTo(server: Mode, { mode, moveFrom }: HomelabConfig["database"]): Mode | undefined {
    return server === moveFrom ? mode : undefined;
}
