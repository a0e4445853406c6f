import * as pulumi from "@pulumi/pulumi";
import { images } from "../versions";
import { fromSecret, Workload, type Env, type Identity, type Reachable } from "../workload";
import { Password } from "./password";

export interface DatabaseArgs {
    /** Name of the database and of the user who owns it. */
    readonly databaseName: string;
    readonly server: Workload;
    readonly admin: Password;
    readonly namespace: pulumi.Input<string>;
    readonly partOf: string;
}

/**
 * Safe to run again at any time. Values come from the environment (`\getenv`), so no password is on a command line.
 * `format('%I')` quotes names; `\gexec` runs what the query before it wrote, if it wrote anything.
 */
const SCRIPT = String.raw`set -eu
until pg_isready --quiet; do sleep 2; done
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

/** One database on a server: its owner, the secret with its connection, and the job that makes both. */
export class Database extends pulumi.ComponentResource {
    /** Whoever holds the handle may talk to the server. */
    readonly reachable: Reachable;
    /** What whoever connects waits for: until then there is no such user. */
    readonly ready: pulumi.Resource;
    private readonly owner: Password;

    constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:data:Database", name, { databaseName: args.databaseName }, opts);
        const { server, databaseName } = args;
        this.reachable = server.reachable();
        const identity: Identity = {
            name: `${name}-setup`,
            app: server.identity.app,
            component: "database-setup",
            partOf: args.partOf,
        };
        this.owner = new Password(
            `${name}-owner`,
            {
                secretName: name,
                namespace: args.namespace,
                identity,
                with: {
                    host: server.hostname,
                    port: String(this.reachable.port),
                    database: databaseName,
                    username: databaseName,
                },
            },
            { parent: this },
        );
        const setup = new Workload(
            `${name}-setup`,
            {
                identity,
                namespace: args.namespace,
                reaches: [this.reachable],
                after: [server.controller],
                ...setupPod(args, this.owner),
            },
            { parent: this },
        );
        this.ready = setup.controller;
        this.registerOutputs({ secretName: this.owner.secretName });
    }

    /** Its connection as variables, by the names that a program knows. */
    env(names: Readonly<Record<"host" | "port" | "database" | "username" | "password", string>>): Env {
        const keys = ["host", "port", "database", "username", "password"] as const;
        return Object.fromEntries(keys.map((key) => [names[key], fromSecret(this.owner.secretName, key)]));
    }
}

function setupPod({ admin }: DatabaseArgs, owner: Password) {
    const env: Env = {
        PGHOST: fromSecret(owner.secretName, "host"),
        PGPORT: fromSecret(owner.secretName, "port"),
        PGUSER: fromSecret(admin.secretName, "username"),
        PGPASSWORD: fromSecret(admin.secretName, "password"),
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
            command: ["/bin/sh", "-c", SCRIPT],
            env,
            resources: { cpu: "50m", memory: { request: "64Mi", limit: "128Mi" } },
        },
    };
}
