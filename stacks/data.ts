import { Postgres, Redis, type Database } from "../components/data";
import { Namespace } from "../components/namespace";
import type { HomelabConfig } from "../infra/config/schema";
import type { Base } from "./base";
import type { Platform } from "./platform";

/** Databases and caches, beside the applications that they serve. */
export interface Data {
    readonly jellyfin: { readonly namespace: Namespace; readonly database: Database; readonly cache: Redis };
}

export function data(config: HomelabConfig, { providers }: Base, { block }: Platform): Data {
    const namespace = new Namespace("jellyfin", { podSecurity: "restricted", partOf: "media" }, { providers });
    const common = { app: "jellyfin", partOf: "media", namespace: namespace.name };
    const postgres = new Postgres(
        "jellyfin-postgres",
        {
            ...common,
            objectName: "jellyfin-postgres",
            storage: block,
            size: `${config.jellyfin.databaseGiB}Gi`,
        },
        { providers, protect: config.house.protectData },
    );
    const cache = new Redis("jellyfin-redis", { ...common, objectName: "jellyfin-redis" }, { providers });
    return { jellyfin: { namespace, database: postgres.database("jellyfin"), cache } };
}
