import * as pulumi from "@pulumi/pulumi";
import type { BlockVolumes } from "../storage";
import { images } from "../versions";
import { exec, fromSecret, Workload, type Identity, type Probe, type Reachable, type Scratch } from "../workload";
import { Database } from "./database";
import { Password } from "./password";

export interface PostgresArgs {
    /** Name of its objects: the pod is `<objectName>-0`. */
    readonly objectName: string;
    /** The program that it serves, `app.kubernetes.io/name`. */
    readonly app: string;
    readonly partOf: string;
    readonly namespace: pulumi.Input<string>;
    readonly storage: BlockVolumes;
    /** Disk for the data, a Kubernetes quantity. */
    readonly size: string;
    /** Most connections at a time; default 300: each Jellyfin keeps a pool of up to 100. */
    readonly maxConnections?: number;
}

/**
 * One PostgreSQL server, one replica by design: its volume is replicated, and a dead node costs a restart. Its
 * databases are made by `database(name)`, each with a user and a password of its own.
 */
export class Postgres extends pulumi.ComponentResource {
    readonly workload: Workload;
    readonly reachable: Reachable;
    private readonly args: PostgresArgs;
    private readonly admin: Password;

    constructor(name: string, args: PostgresArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:data:Postgres", name, { objectName: args.objectName }, opts);
        this.args = args;
        const identity: Identity = {
            name: args.objectName,
            app: args.app,
            component: "database",
            partOf: args.partOf,
        };
        this.admin = new Password(
            `${name}-admin`,
            {
                secretName: `${args.objectName}-admin`,
                namespace: args.namespace,
                identity,
                with: { username: "postgres" },
            },
            { parent: this },
        );
        this.workload = new Workload(
            `${name}-server`,
            { identity, namespace: args.namespace, ...serverPod(args, this.admin) },
            { parent: this },
        );
        this.reachable = this.workload.reachable();
        this.registerOutputs({ hostname: this.workload.hostname });
    }

    /** A database with an owner of the same name; the handle gives its connection to a workload. */
    database(databaseName: string): Database {
        return new Database(
            `${this.args.objectName}-${databaseName}`,
            {
                databaseName,
                server: this.workload,
                admin: this.admin,
                namespace: this.args.namespace,
                partOf: this.args.partOf,
            },
            { parent: this },
        );
    }
}

const RUN: Scratch = { kind: "scratch", name: "run", sizeLimit: "16Mi" };
const TEMPORARY: Scratch = { kind: "scratch", name: "tmp", sizeLimit: "256Mi" };
/** Parallel queries share memory here; the runtime's own 64 MiB end in "could not resize shared memory segment". */
const SHARED_MEMORY: Scratch = { kind: "scratch", name: "shared-memory", sizeLimit: "256Mi", medium: "Memory" };

function serverPod(args: PostgresArgs, admin: Password) {
    const data = args.storage.claimTemplate("database", "data", args.size);
    const ready = (everySeconds: number, failures: number): Probe => ({
        check: exec("pg_isready", "--username=postgres", "--host=127.0.0.1", "--quiet"),
        everySeconds,
        timeoutSeconds: 5,
        failures,
    });
    return {
        run: { kind: "StatefulSet", replicas: 1, claims: [data] } as const,
        // Time for a last checkpoint; what is killed before replays its log at the next start.
        graceSeconds: 120,
        runAs: { user: 999, group: 999, volumeGroup: 999 },
        container: {
            name: "postgres",
            image: images.postgres,
            args: ["postgres", "-c", `max_connections=${args.maxConnections ?? 300}`],
            env: { POSTGRES_PASSWORD: fromSecret(admin.secretName, "password") },
            resources: { cpu: "250m", memory: { request: "512Mi", limit: "1Gi" } },
            mounts: [
                // The image of PostgreSQL 18 keeps its data in a folder of its version below this path.
                { volume: data, path: "/var/lib/postgresql" },
                { volume: RUN, path: "/var/run/postgresql" },
                { volume: TEMPORARY, path: "/tmp" },
                { volume: SHARED_MEMORY, path: "/dev/shm" },
            ],
            serves: {
                ports: { postgres: 5432 },
                // Ten minutes to replay the log after a crash; afterwards only what a restart can cure is a failure.
                probes: { startup: ready(5, 120), readiness: ready(5, 2), liveness: ready(10, 6) },
            },
        },
    };
}
