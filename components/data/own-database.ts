import * as pulumi from "@pulumi/pulumi";
import { images } from "../versions";
import { fromSecret, Workload, type Destination, type Env, type Identity, type Reachable } from "../workload";
import { connectionEnv, LIBPQ_NAMES, trust, type Connection, type ConnectionKey, type Database } from "./database";
import { Password } from "./password";
import type { ServerCertificate } from "./server-certificate";

export interface OwnDatabaseArgs {
    /** Name of the database and of the user who owns it. */
    readonly databaseName: string;
    readonly server: Workload;
    readonly certificate: ServerCertificate;
    readonly admin: Password;
    readonly namespace: pulumi.Input<string>;
    readonly partOf: string;
}

/**
 * Safe to run again at any time. Values come from the environment (`\getenv`), so no password is on a command line.
 * `format('%I')` quotes names; `\gexec` runs what the query before it wrote, if it wrote anything.
 */
export const SETUP = String.raw`set -eu
left=$PATIENCE_SECONDS
# After that it goes on, so that psql tells why.
until pg_isready --quiet || [ "$left" -le 0 ]; do sleep 1; left=$((left - 1)); done
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 <<'SQL'
\getenv owner DATABASE_OWNER
\getenv password DATABASE_PASSWORD
\getenv database DATABASE_NAME
SELECT format('CREATE ROLE %I LOGIN', :'owner')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner') \gexec
ALTER ROLE :"owner" PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
SQL
`;

/** One database on a server of the house: its owner, the secret with its connection, and the job that makes both. */
export class OwnDatabase extends pulumi.ComponentResource implements Database {
    readonly databaseName: string;
    readonly secretName: pulumi.Output<string>;
    readonly reachable: Reachable;
    readonly ready: pulumi.Resource;
    readonly connection: Connection;

    constructor(name: string, args: OwnDatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:data:Database", name, { databaseName: args.databaseName }, opts);
        const { server, databaseName, namespace } = args;
        this.databaseName = databaseName;
        this.reachable = server.reachable();
        const identity: Identity = {
            name: `${name}-setup`,
            app: server.identity.app,
            component: "database-setup",
            partOf: args.partOf,
        };
        const connection = {
            host: server.hostname,
            port: String(this.reachable.port),
            database: databaseName,
            username: databaseName,
        };
        const owner = new Password(
            `${name}-owner`,
            { secretName: name, namespace, identity, with: connection },
            { parent: this },
        );
        this.secretName = owner.secretName;
        const { env, mounts } = trust("verify-full", args.certificate.authorityFiles);
        this.connection = { env: { ...connectionEnv(this.secretName, LIBPQ_NAMES), ...env }, mounts };
        const setup = new Workload(
            `${name}-setup`,
            { identity, namespace, reaches: [this.reachable], after: [server.controller], ...setupPod(args, owner) },
            { parent: this },
        );
        this.ready = setup.controller;
        this.registerOutputs({ secretName: this.secretName });
    }

    get reaches(): readonly Destination[] {
        return [this.reachable];
    }

    env(names: Readonly<Record<ConnectionKey, string>>): Env {
        return connectionEnv(this.secretName, names);
    }
}

function setupPod({ admin, certificate }: OwnDatabaseArgs, owner: Password) {
    const trusted = trust("verify-full", certificate.authorityFiles);
    const env: Env = {
        PGHOST: fromSecret(owner.secretName, "host"),
        PGPORT: fromSecret(owner.secretName, "port"),
        PGUSER: fromSecret(admin.secretName, "username"),
        PGPASSWORD: fromSecret(admin.secretName, "password"),
        ...trusted.env,
        PATIENCE_SECONDS: "300",
        DATABASE_NAME: fromSecret(owner.secretName, "database"),
        DATABASE_OWNER: fromSecret(owner.secretName, "username"),
        DATABASE_PASSWORD: fromSecret(owner.secretName, "password"),
    };
    return {
        run: { kind: "Job", retries: 6, deadlineSeconds: 900 } as const,
        runAs: { user: 999, group: 999 },
        container: {
            name: "setup",
            image: images.postgres,
            command: ["/bin/sh", "-c", SETUP],
            env,
            resources: { cpu: "50m", memory: { request: "64Mi", limit: "128Mi" } },
            mounts: trusted.mounts,
        },
    };
}
