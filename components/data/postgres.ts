import * as pulumi from "@pulumi/pulumi";
import type { BlockVolumes } from "../storage";
import { images } from "../versions";
import {
    exec,
    fromSecret,
    Workload,
    type Admitted,
    type Identity,
    type Probe,
    type Reachable,
    type Scratch,
} from "../workload";
import { movedAnnotations, type DatabaseServer } from "./database";
import { Exporter } from "./exporter";
import { OwnDatabase } from "./own-database";
import { Password } from "./password";
import { ServerCertificate } from "./server-certificate";
import { asArguments, tunedFor, type ServerSize } from "./tuning";

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
    /** What the server is tuned for. */
    readonly server: ServerSize;
    /** Who reads its figures; `undefined`: there are none. */
    readonly scrapers: readonly Admitted[] | undefined;
    /** Who runs the server that its data moves to; default: it is in use. */
    readonly movedTo?: string | undefined;
}

/**
 * One PostgreSQL server, one replica by design: its volume is replicated, and a dead node costs a restart. Its
 * databases are made by `database(name)`, each with a user and a password of its own.
 */
export class Postgres extends pulumi.ComponentResource implements DatabaseServer {
    readonly workload: Workload;
    readonly reachable: Reachable;
    private readonly args: PostgresArgs;
    private readonly admin: Password;
    private readonly certificate: ServerCertificate;

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
        const { namespace } = args;
        const child = { parent: this };
        this.certificate = new ServerCertificate(`${name}-certificate`, { identity, namespace }, child);
        const pod = serverPod(args, this.admin, this.certificate);
        const annotations = movedAnnotations(args.movedTo);
        this.workload = new Workload(`${name}-server`, { identity, namespace, annotations, ...pod }, child);
        this.reachable = this.workload.reachable();
        if (args.scrapers !== undefined) {
            const { admin, certificate, workload: server } = this;
            const { scrapers, partOf } = args;
            new Exporter(`${name}-exporter`, { server, admin, certificate, scrapers, partOf }, child);
        }
        this.registerOutputs({ hostname: this.workload.hostname });
    }

    /** A database with an owner of the same name; the handle gives its connection to a workload. */
    database(databaseName: string): OwnDatabase {
        return new OwnDatabase(
            `${this.args.objectName}-${databaseName.replaceAll("_", "-")}`,
            {
                databaseName,
                server: this.workload,
                certificate: this.certificate,
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

const CERTIFICATE_PATH = "/certificate";

/** Encrypted for whoever asks for it. Not demanded: the database plugin of Jellyfin cannot be told to check. */
const ENCRYPTION = {
    ssl: "on",
    ssl_cert_file: `${CERTIFICATE_PATH}/tls.crt`,
    ssl_key_file: `${CERTIFICATE_PATH}/tls.key`,
} as const;

function serverPod(args: PostgresArgs, admin: Password, certificate: ServerCertificate) {
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
            args: ["postgres", ...asArguments({ ...tunedFor(args.server), ...ENCRYPTION })],
            env: { POSTGRES_PASSWORD: fromSecret(admin.secretName, "password") },
            resources: { cpu: "250m", memory: memoryOf(args.server) },
            mounts: [
                { volume: certificate.serverFiles, path: CERTIFICATE_PATH, readOnly: true },
                // The image of PostgreSQL 18 keeps its data in a folder of its version below this path.
                { volume: data, path: "/var/lib/postgresql" },
                { volume: RUN, path: "/var/run/postgresql" },
                { volume: TEMPORARY, path: "/tmp" },
                { volume: SHARED_MEMORY, path: "/dev/shm" },
            ],
            serves: {
                ports: { postgres: 5432 },
                // Ten minutes to replay the log after a crash; afterwards only what a restart can cure is a failure.
                probes: { startup: ready(2, 300), readiness: ready(5, 2), liveness: ready(10, 6) },
            },
        },
    };
}

/** Half is reserved: the rest is the kernel's cache, which gives way. */
function memoryOf({ memoryMiB }: ServerSize) {
    return { request: `${Math.ceil(memoryMiB / 2)}Mi`, limit: `${memoryMiB}Mi` };
}
