import * as pulumi from "@pulumi/pulumi";
import { images } from "../versions";
import { Workload, type Addresses, type Env, type Identity } from "../workload";
import {
    connectionEnv,
    connectionKeys,
    LIBPQ_NAMES,
    trust,
    type Connection,
    type ConnectionKey,
    type Database,
    type SslMode,
} from "./database";

export interface ExternalDatabaseArgs {
    readonly databaseName: string;
    /** Secret in the namespace, made by hand: keys `host`, `port`, `database`, `username`, `password`, maybe `ca.crt`. */
    readonly existingSecret: string;
    readonly namespace: pulumi.Input<string>;
    /** Name of the namespace as plain text, for messages. */
    readonly namespaceName: string;
    /** Network that the server is in, CIDR, and its port: the host itself is known to the secret only. */
    readonly network: string;
    readonly port: number;
    readonly sslMode: SslMode;
    readonly app: string;
    readonly partOf: string;
}

/**
 * Asks once whether the database can be used, and says in one line what is wrong. Its variables are optional, so that a
 * secret or a key that is missing is told as well, in place of a pod that never starts.
 */
export const PREFLIGHT = String.raw`set -eu
stop() { echo "$1" >&2; exit 1; }
missing=
for pair in host:PGHOST port:PGPORT database:PGDATABASE username:PGUSER password:PGPASSWORD; do
    eval "value=\${${"${pair#*:}"}:-}"
    [ -n "$value" ] || missing="$missing ${"${pair%%:*}"}"
done
[ -z "$missing" ] || stop "secret $CONNECTION: it has no$missing (a database of others needs all of them); run kubectl --namespace ${"${CONNECTION%%/*}"} create secret generic ${"${CONNECTION#*/}"} --from-literal=host=... with host, port, database, username and password, then delete job $JOB and run pulumi up again"
[ "$PGPORT" = "$EXPECTED_PORT" ] || stop "secret $CONNECTION: its port is $PGPORT, and the network policies open $EXPECTED_PORT; write database.external.port: $PGPORT"
case $PGSSLMODE in
    verify-*) [ -s "$PGSSLROOTCERT" ] || stop "secret $CONNECTION: it has no ca.crt (database.external.sslMode is $PGSSLMODE); add the authority of the server's certificate" ;;
esac
tried=0
until answer=$(psql --no-psqlrc --quiet --no-align --tuples-only --command="SELECT has_database_privilege(current_database(), 'CREATE') AND has_schema_privilege('public', 'CREATE')" 2>&1); do
    tried=$((tried + 1))
    [ "$tried" -lt "$TRIES" ] || stop "database $PGDATABASE at $PGHOST:$PGPORT cannot be used: $(printf '%s' "$answer" | tr -s '\t\n' ' '); it must be reachable from the cluster's machines, in $NETWORK (database.external.network)"
    sleep 5
done
[ "$answer" = t ] || stop "database $PGDATABASE at $PGHOST:$PGPORT: user $PGUSER may not make tables in it; make it the owner: ALTER DATABASE \"$PGDATABASE\" OWNER TO \"$PGUSER\""
echo "database $PGDATABASE at $PGHOST:$PGPORT can be used"
`;

/** A database on a server that is not the house's. Nothing of it is made here; a job sees that it can be used. */
export class ExternalDatabase extends pulumi.ComponentResource implements Database {
    readonly databaseName: string;
    readonly secretName: string;
    readonly reachable: Addresses;
    readonly ready: pulumi.Resource;
    readonly connection: Connection;

    constructor(name: string, args: ExternalDatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:data:ExternalDatabase", name, { databaseName: args.databaseName }, opts);
        this.databaseName = args.databaseName;
        this.secretName = args.existingSecret;
        this.reachable = { kind: "addresses", cidr: args.network, ports: [args.port] };
        const { env, mounts } = trust(args.sslMode, {
            kind: "secret-files",
            name: "authority",
            objectName: args.existingSecret,
            only: ["ca.crt"],
            // It is no secret, and a client's pod may have no group that owns its volumes.
            mode: 0o444,
            optional: true,
        });
        this.connection = { env: { ...connectionEnv(this.secretName, LIBPQ_NAMES), ...env }, mounts };
        const identity: Identity = {
            name: `${name}-preflight`,
            app: args.app,
            component: "database-preflight",
            partOf: args.partOf,
        };
        const { namespace } = args;
        const preflight = new Workload(
            `${name}-preflight`,
            { identity, namespace, reaches: [this.reachable], ...preflightPod(args, identity.name, this.connection) },
            { parent: this },
        );
        this.ready = preflight.controller;
        this.registerOutputs({ secretName: this.secretName });
    }

    env(names: Readonly<Record<ConnectionKey, string>>): Env {
        return connectionEnv(this.secretName, names);
    }
}

function preflightPod(args: ExternalDatabaseArgs, job: string, { env, mounts }: Connection) {
    const optional = connectionKeys.map((key): [string, Env[string]] => [
        LIBPQ_NAMES[key],
        { kind: "secret", secretName: args.existingSecret, key, optional: true },
    ]);
    return {
        // One pod, asked once: what cannot be reached now is for a person to look at, and its last line says where.
        run: { kind: "Job", retries: 0, deadlineSeconds: 180, keepsFailedPods: true } as const,
        runAs: { user: 999, group: 999 },
        container: {
            name: "preflight",
            image: images.postgres,
            command: ["/bin/sh", "-c", PREFLIGHT],
            env: {
                ...env,
                ...Object.fromEntries(optional),
                PGCONNECT_TIMEOUT: "10",
                CONNECTION: `${args.namespaceName}/${args.existingSecret}`,
                JOB: job,
                EXPECTED_PORT: String(args.port),
                NETWORK: args.network,
                TRIES: "3",
            },
            resources: { cpu: "50m", memory: { request: "64Mi", limit: "128Mi" } },
            mounts,
        },
    };
}
