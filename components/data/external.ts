import * as pulumi from "@pulumi/pulumi";
import { images } from "../versions";
import { Workload, type Addresses, type Destination, type Env, type Identity } from "../workload";
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

/** Oldest major version of a server; before 14 `pg_terminate_backend` does not wait, which a move away from it needs. */
const OLDEST_MAJOR = 14;

/**
 * Asks once whether the database can be used. Says what is wrong in one line, which the setting begins, and below it what
 * to do: of a longer line the engine shows the beginning only. Its variables are optional, so that a secret or a key that
 * is missing is told as well, in place of a pod that never starts.
 */
export const PREFLIGHT = String.raw`set -eu
stop() { printf 'database.external.%s\n' "$1" >&2; shift; printf '%s\n' "$@" >&2; exit 1; }
namespace=${"${CONNECTION%%/*}"} secret=${"${CONNECTION#*/}"}
again="then pulumi up again, which makes this job anew"
missing='' found=''
for pair in host:PGHOST port:PGPORT database:PGDATABASE username:PGUSER password:PGPASSWORD; do
    eval "value=\${${"${pair#*:}"}:-}"
    if [ -n "$value" ]; then found=yes; else missing="$missing ${"${pair%%:*}"}"; fi
done
rule="it needs host, port, database, username and password"
if [ -z "$found" ]; then
    stop "existingSecret: secret $CONNECTION is not there or empty ($rule)" "write them as lines host=... into a file; kubectl -n $namespace create secret generic $secret --from-env-file FILE" "$again"
fi
if [ -n "$missing" ]; then
    stop "existingSecret: secret $CONNECTION has no$missing ($rule)" "add it below stringData: kubectl -n $namespace edit secret $secret" "$again"
fi
[ "$PGPORT" = "$EXPECTED_PORT" ] || stop "port: is $EXPECTED_PORT, and that of secret $CONNECTION is $PGPORT (network policies open the one port)" "write database.external.port: $PGPORT"
case $PGSSLMODE in
    verify-*) [ -s "$PGSSLROOTCERT" ] || stop "sslMode: is $PGSSLMODE, and secret $CONNECTION has no ca.crt (it is what a server is checked by)" "add the authority of the server's certificate to it as ca.crt" "$again" ;;
esac
cannot="existingSecret: database $PGDATABASE at $PGHOST:$PGPORT"
tried=0
until answer=$(psql --no-psqlrc --quiet --no-align --tuples-only --field-separator=' ' --command="SELECT current_setting('server_version_num')::int / 10000, has_database_privilege(current_database(), 'CREATE') AND has_schema_privilege('public', 'CREATE')" 2>&1); do
    tried=$((tried + 1))
    [ "$tried" -lt "$TRIES" ] || stop "$cannot cannot be used (it is reached from the cluster's machines, in database.external.network $NETWORK)" "$(printf '%s' "$answer" | tr -s '\t\n' ' ')" "see to that, $again"
    sleep 5
done
# A server may warn first, of a collation for example.
answer=$(printf '%s\n' "$answer" | tail -n 1)
major=${"${answer% *}"}
[ "$major" -ge ${OLDEST_MAJOR} ] || stop "$cannot is PostgreSQL $major (the house needs ${OLDEST_MAJOR} or later)" "upgrade that server, $again"
newest=$(pg_dump --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
[ "$major" -le "$newest" ] || stop "$cannot is PostgreSQL $major (the house's pg_dump is $newest, and dumps nothing newer)" "take a server of $newest or earlier, $again"
[ "${"${answer#* }"}" = t ] || stop "$cannot lets user $PGUSER make no tables (Jellyfin makes its own)" "make it the owner: ALTER DATABASE \"$PGDATABASE\" OWNER TO \"$PGUSER\"" "$again"
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
            { identity, namespace, reaches: [this.reachable], ...preflightPod(args, this.connection) },
            { parent: this },
        );
        this.ready = preflight.controller;
        this.registerOutputs({ secretName: this.secretName });
    }

    get reaches(): readonly Destination[] {
        return [this.reachable];
    }

    env(names: Readonly<Record<ConnectionKey, string>>): Env {
        return connectionEnv(this.secretName, names);
    }
}

function preflightPod(args: ExternalDatabaseArgs, { env, mounts }: Connection) {
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
                EXPECTED_PORT: String(args.port),
                NETWORK: args.network,
                TRIES: "3",
            },
            resources: { cpu: "50m", memory: { request: "64Mi", limit: "128Mi" } },
            mounts,
        },
    };
}
