import type * as pulumi from "@pulumi/pulumi";
import { fromSecret, type Destination, type Env, type KeyFiles, type Mount } from "../workload";

/** Keys of the secret with a connection, the same in every mode. */
export const connectionKeys = ["host", "port", "database", "username", "password"] as const;

export type ConnectionKey = (typeof connectionKeys)[number];

/** How much a client asks of the server's certificate: words of libpq, from "if there is one" to "of that very server". */
export type SslMode = "prefer" | "require" | "verify-full";

/** What PostgreSQL's own programs (`psql`, `pg_dump`) need to get to a database, and to know that it is the right one. */
export interface Connection {
    /** Variables of libpq. */
    readonly env: Env;
    /** The file that those name. */
    readonly mounts: readonly Mount[];
}

/**
 * One database, whoever runs its server. Its user owns it and nothing else on the server. Whoever holds the handle may
 * talk to the server.
 */
export interface Database {
    readonly databaseName: string;
    /** Secret with {@link connectionKeys}, in the namespace that the database was asked for. */
    readonly secretName: pulumi.Input<string>;
    /** For the `reaches` of a workload: the server, and while data moves the one that it comes from as well. */
    readonly reaches: readonly Destination[];
    /** What whoever connects waits for: until then there is no such user. */
    readonly ready: pulumi.Resource;
    /** For our own jobs, as the owner. */
    readonly connection: Connection;
    /** Its connection as variables, by the names that a program knows. */
    env(names: Readonly<Record<ConnectionKey, string>>): Env;
}

/** Where a program asks for databases. */
export interface DatabaseServer {
    /**
     * A database with an owner of the same name, in the namespace of the server.
     * @param databaseName lower-case letters, digits and underscores.
     */
    database(databaseName: string): Database;
}

/**
 * Annotations of a server whose data another one has: it stays until a person has seen that, and is not protected meanwhile.
 * The policies read them.
 * @param mode who runs the other one; `undefined` for a server in use
 */
export function movedAnnotations(mode: string | undefined): Readonly<Record<string, string>> {
    return mode === undefined ? {} : { "homelab/data-moved-to": mode };
}

/** The connection of a secret as variables. */
export function connectionEnv(secretName: pulumi.Input<string>, names: Readonly<Record<ConnectionKey, string>>): Env {
    return Object.fromEntries(connectionKeys.map((key) => [names[key], fromSecret(secretName, key)]));
}

/** Variables of libpq for a connection. */
export const LIBPQ_NAMES = {
    host: "PGHOST",
    port: "PGPORT",
    database: "PGDATABASE",
    username: "PGUSER",
    password: "PGPASSWORD",
} as const satisfies Record<ConnectionKey, string>;

const AUTHORITY_PATH = "/authority";

/**
 * How a client checks the server.
 * @param authority files with `ca.crt`; `undefined` where the server's authority is not known.
 */
export function trust(mode: SslMode, authority: KeyFiles | undefined): Connection {
    return {
        env: {
            PGSSLMODE: mode,
            ...(authority === undefined ? {} : { PGSSLROOTCERT: `${AUTHORITY_PATH}/ca.crt` }),
            // A server that does not answer is told after this many seconds, not after minutes.
            PGCONNECT_TIMEOUT: "10",
        },
        mounts: authority === undefined ? [] : [{ volume: authority, path: AUTHORITY_PATH, readOnly: true }],
    };
}
