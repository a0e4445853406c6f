import * as pulumi from "@pulumi/pulumi";
import { images } from "../versions";
import {
    fromOutput,
    fromSecret,
    http,
    Workload,
    type Admitted,
    type Env,
    type Identity,
    type Probe,
} from "../workload";
import { trust } from "./database";
import { Password } from "./password";
import type { ServerCertificate } from "./server-certificate";

export interface ExporterArgs {
    readonly server: Workload;
    readonly admin: Password;
    readonly certificate: ServerCertificate;
    /** Who may read the figures; nobody else gets in. */
    readonly scrapers: readonly Admitted[];
    readonly partOf: string;
}

const ROLE = "exporter";

/** Its user sees figures and no data: `pg_monitor`. Safe to run again at every start. */
export const ROLE_SETUP = String.raw`set -eu
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 <<'SQL'
\getenv role EXPORTER_ROLE
\getenv password EXPORTER_PASSWORD
SELECT format('CREATE ROLE %I LOGIN', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
ALTER ROLE :"role" PASSWORD :'password';
GRANT pg_monitor TO :"role";
SQL
`;

/**
 * Figures of a PostgreSQL server for Prometheus, port 9187. Beside the server and not in its pod: an exporter that fails
 * must not take the database out of its Service. Nothing of it is protected: its user gets the password anew at each start.
 */
export class Exporter extends pulumi.ComponentResource {
    constructor(name: string, args: ExporterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:data:Exporter", name, {}, { ...opts, protect: false });
        const { server, scrapers } = args;
        const identity: Identity = {
            name: `${server.identity.name}-exporter`,
            app: server.identity.app,
            component: "database-exporter",
            partOf: args.partOf,
        };
        const password = new Password(
            `${name}-password`,
            { secretName: identity.name, namespace: server.namespace, identity, with: { username: ROLE } },
            { parent: this },
        );
        new Workload(
            `${name}-workload`,
            {
                identity,
                namespace: server.namespace,
                run: { kind: "Deployment", replicas: 1 },
                reaches: [server.reachable()],
                admits: scrapers,
                after: [server.controller],
                ...exporterPod(args, password),
            },
            { parent: this },
        );
        this.registerOutputs();
    }
}

function exporterPod({ server, admin, certificate }: ExporterArgs, password: Password) {
    const { env, mounts } = trust("verify-full", certificate.authorityFiles);
    const answers = (everySeconds: number, failures: number): Probe => ({
        // The page of its name: the figures themselves ask the database, and a restart would not bring that back.
        check: http("/", "metrics"),
        everySeconds,
        timeoutSeconds: 3,
        failures,
    });
    const source = pulumi.interpolate`${server.hostname}:${server.reachable().port}/postgres?sslmode=verify-full&sslrootcert=${env["PGSSLROOTCERT"] ?? ""}`;
    return {
        runAs: { user: 999, group: 999 },
        init: [
            {
                name: "role",
                image: images.postgres,
                command: ["/bin/sh", "-c", ROLE_SETUP],
                env: roleEnv(server, admin, password, env),
                resources: { cpu: "10m", memory: { request: "32Mi", limit: "64Mi" } },
                mounts,
            },
        ],
        container: {
            name: "exporter",
            image: images.postgresExporter,
            env: {
                DATA_SOURCE_URI: fromOutput(source),
                DATA_SOURCE_USER: fromSecret(password.secretName, "username"),
                DATA_SOURCE_PASS: fromSecret(password.secretName, "password"),
            },
            resources: { cpu: "10m", memory: { request: "32Mi", limit: "96Mi" } },
            mounts,
            serves: {
                ports: { metrics: 9187 },
                probes: { startup: answers(2, 30), readiness: answers(10, 3), liveness: answers(20, 6) },
            },
        },
    };
}

function roleEnv(server: Workload, admin: Password, password: Password, tls: Env): Env {
    return {
        PGHOST: fromOutput(server.hostname),
        PGPORT: String(server.reachable().port),
        PGUSER: fromSecret(admin.secretName, "username"),
        PGPASSWORD: fromSecret(admin.secretName, "password"),
        ...tls,
        EXPORTER_ROLE: fromSecret(password.secretName, "username"),
        EXPORTER_PASSWORD: fromSecret(password.secretName, "password"),
    };
}
