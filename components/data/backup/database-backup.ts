import * as pulumi from "@pulumi/pulumi";
import { MISSED_NIGHT_SECONDS, MISSED_WEEK_SECONDS, type MustSucceed } from "../../must-succeed";
import type { S3Target } from "../../object-storage";
import { images } from "../../versions";
import {
    Workload,
    type ContainerSpec,
    type Env,
    type Identity,
    type Mount,
    type Resources,
    type Run,
    type Scratch,
    type WorkloadArgs,
} from "../../workload";
import type { Database } from "../database";
import { DUMP, UPLOAD } from "./dump-script";
import { Remote } from "./remote";
import { CHECK, FETCH, RESTORE } from "./restore-script";

export interface DatabaseBackupArgs {
    readonly database: Database;
    /** Bucket of the dumps; they lie in the folder of the database's name. */
    readonly target: S3Target;
    /** Days after which a dump goes, but for the newest. */
    readonly keepDays: number;
    /** Namespace of the database. */
    readonly namespace: pulumi.Input<string>;
    /** `app.kubernetes.io/name` and `part-of` of whom the data belongs to. */
    readonly app: string;
    readonly partOf: string;
    /** Room for a dump, a Kubernetes quantity: no less than the database's disk. */
    readonly size: string;
}

const EXCHANGE_PATH = "/exchange";
const SCRATCH_PATH = "/scratch";
const TEMPORARY: Scratch = { kind: "scratch", name: "tmp", sizeLimit: "64Mi" };
/** Uploads nothing yet when it fails: a later try of the same night is as good. */
const NIGHTLY: Run = {
    kind: "CronJob",
    schedule: "30 2 * * *",
    retries: 2,
    deadlineSeconds: 7200,
    keepsFailedPods: true,
};
const WEEKLY: Run = {
    kind: "CronJob",
    schedule: "0 5 * * 0",
    retries: 1,
    deadlineSeconds: 7200,
    keepsFailedPods: true,
};
/** Never by itself; `npm run restore` makes a job of it. The day that every schedule must name has no meaning. */
const ON_DEMAND: Run = {
    kind: "CronJob",
    schedule: "0 0 1 1 *",
    suspended: true,
    retries: 0,
    deadlineSeconds: 7200,
    keepsFailedPods: true,
};

/**
 * What keeps a database, the same whoever runs its server, so that a dump of one mode can be restored in another.
 *
 * - `<database>-database-dump`: every night, to the bucket.
 * - `<database>-database-check`: every week, restores the newest dump into a server of its own and counts the rows.
 * - `<database>-database-restore`: the template for `npm run restore -- database <database>`; a dry run unless told otherwise.
 */
export class DatabaseBackup extends pulumi.ComponentResource {
    /** The dump and the check. */
    readonly watch: readonly MustSucceed[];
    private readonly args: DatabaseBackupArgs;
    private readonly remote: Remote;

    constructor(name: string, args: DatabaseBackupArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:data:DatabaseBackup", name, { databaseName: args.database.databaseName }, opts);
        this.args = args;
        const { database, target, namespace } = args;
        const identity = this.identity("backup");
        const remote = { target, folder: database.databaseName, identity, namespace };
        this.remote = new Remote(`${name}-remote`, remote, { parent: this });
        const both = [this.remote.reachable, ...database.reaches];
        this.run(`${name}-dump`, "dump", { run: NIGHTLY, reaches: both, ...this.dumpPod() });
        this.run(`${name}-check`, "check", { run: WEEKLY, reaches: [this.remote.reachable], ...this.checkPod() });
        this.run(`${name}-restore`, "restore", { run: ON_DEMAND, reaches: both, ...this.restorePod() });
        this.watch = [
            { kind: "cron-job", namespace, name: this.identity("dump").name, withinSeconds: MISSED_NIGHT_SECONDS },
            { kind: "cron-job", namespace, name: this.identity("check").name, withinSeconds: MISSED_WEEK_SECONDS },
        ];
        this.registerOutputs();
    }

    private identity(role: "backup" | "dump" | "check" | "restore"): Identity {
        const { database, app, partOf } = this.args;
        const component = `database-${role}`;
        return { name: `${database.databaseName.replaceAll("_", "-")}-${component}`, app, component, partOf };
    }

    private run(name: string, role: "dump" | "check" | "restore", parts: Parts): void {
        const { namespace, database } = this.args;
        new Workload(
            name,
            {
                identity: this.identity(role),
                namespace,
                runAs: { user: 999, group: 999, volumeGroup: 999 },
                after: [database.ready],
                ...parts,
            },
            { parent: this },
        );
    }

    private dumpPod() {
        // What is shared here is a pipe and a list of tables.
        const exchange: Scratch = { kind: "scratch", name: "exchange", sizeLimit: "16Mi" };
        return {
            container: this.client("dump", DUMP, exchange),
            sidecars: [this.rclone("upload", UPLOAD, exchange, { KEEP_DAYS: String(this.args.keepDays) })],
        };
    }

    private restorePod() {
        const words = { REPLACE: "no", DRY_RUN: "yes" };
        return {
            init: [this.rclone("fetch", FETCH, this.exchange, { DUMP: "" })],
            container: this.client("restore", RESTORE, this.exchange, words),
        };
    }

    private checkPod() {
        const scratch: Scratch = { kind: "scratch", name: "scratch", sizeLimit: this.args.size };
        const container: ContainerSpec = {
            name: "check",
            image: images.postgres,
            command: ["/bin/sh", "-c", CHECK],
            // Nothing of the real server: a check must not be able to touch it.
            env: { EXCHANGE: EXCHANGE_PATH, SCRATCH: SCRATCH_PATH, REPLACE: "no", DRY_RUN: "no" },
            resources: CLIENT_RESOURCES,
            mounts: [...workPlaces(this.exchange), { volume: scratch, path: SCRATCH_PATH }],
        };
        return { init: [this.rclone("fetch", FETCH, this.exchange, { DUMP: "" })], container };
    }

    private get exchange(): Scratch {
        return { kind: "scratch", name: "exchange", sizeLimit: this.args.size };
    }

    /** A container with PostgreSQL's programs, connected as the owner. */
    private client(name: string, script: string, exchange: Scratch, words: Env = {}): ContainerSpec {
        const { env, mounts } = this.args.database.connection;
        return {
            name,
            image: images.postgres,
            command: ["/bin/sh", "-c", script],
            env: { EXCHANGE: EXCHANGE_PATH, ...env, ...words },
            resources: CLIENT_RESOURCES,
            mounts: [...workPlaces(exchange), ...mounts],
        };
    }

    private rclone(name: string, script: string, exchange: Scratch, words: Env): ContainerSpec {
        return {
            name,
            image: images.rclone,
            command: ["/bin/sh", "-c", script],
            env: { EXCHANGE: EXCHANGE_PATH, HOME: "/tmp", ...this.remote.env, ...words },
            resources: { cpu: "50m", memory: { request: "96Mi", limit: "256Mi" } },
            mounts: workPlaces(exchange),
        };
    }
}

const CLIENT_RESOURCES: Resources = { cpu: "100m", memory: { request: "256Mi", limit: "512Mi" } };

function workPlaces(exchange: Scratch): Mount[] {
    return [
        { volume: exchange, path: EXCHANGE_PATH },
        { volume: TEMPORARY, path: "/tmp" },
    ];
}

type Parts = Pick<WorkloadArgs, "run" | "container" | "sidecars" | "init" | "reaches">;
