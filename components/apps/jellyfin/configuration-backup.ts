import * as pulumi from "@pulumi/pulumi";
import { FETCH, Remote } from "../../data";
import { MISSED_NIGHT_SECONDS, type MustSucceed } from "../../must-succeed";
import type { S3Target } from "../../object-storage";
import { images } from "../../versions";
import {
    Workload,
    type ContainerSpec,
    type Env,
    type ExistingClaim,
    type Identity,
    type Run,
    type Scratch,
} from "../../workload";
import { BACK_UP, PUT_BACK } from "./backup-scripts";

export interface ConfigurationBackupArgs {
    /** The folder that Jellyfin's pods share. */
    readonly configuration: ExistingClaim;
    /** Bucket; the backups lie in the folder `jellyfin-configuration`. */
    readonly target: S3Target;
    /** Days after which a backup goes, but for the newest. */
    readonly keepDays: number;
    readonly namespace: pulumi.Input<string>;
}

const FOLDER = "jellyfin-configuration";
/** After the database's dump: what it names is here too, then. */
const NIGHTLY: Run = {
    kind: "CronJob",
    schedule: "15 3 * * *",
    retries: 2,
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
/** Room for one dump, and beside it for the lists of its files. */
const EXCHANGE_GIB = 5;
const LISTS_MIB = 128;
const MOST_BYTES = (EXCHANGE_GIB * 1024 - LISTS_MIB) * 1024 * 1024;
const EXCHANGE: Scratch = { kind: "scratch", name: "exchange", sizeLimit: `${EXCHANGE_GIB}Gi` };
const TEMPORARY: Scratch = { kind: "scratch", name: "tmp", sizeLimit: "64Mi" };
const SHARED = "/config";

/**
 * What keeps Jellyfin's configuration: `jellyfin-configuration-backup` every night to the bucket, and the template
 * `jellyfin-configuration-restore` for `npm run restore -- configuration jellyfin`, a dry run unless told otherwise.
 */
export class ConfigurationBackup extends pulumi.ComponentResource {
    readonly watch: MustSucceed;
    private readonly remote: Remote;

    constructor(
        name: string,
        private readonly args: ConfigurationBackupArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("homelab:apps:JellyfinConfigurationBackup", name, { folder: FOLDER }, opts);
        const { target, namespace, keepDays } = args;
        const remote = { target, folder: FOLDER, identity: identityOf("backup"), namespace };
        this.remote = new Remote(`${name}-remote`, remote, { parent: this });
        const kept = { KEEP_DAYS: String(keepDays), MOST_BYTES: String(MOST_BYTES) };
        this.run(`${name}-backup`, "backup", NIGHTLY, [], this.container("backup", BACK_UP, true, kept));
        const words = { REPLACE: "no", DRY_RUN: "yes" };
        const fetch = this.container("fetch", FETCH, undefined, { DUMP: "" });
        this.run(`${name}-restore`, "restore", ON_DEMAND, [fetch], this.container("restore", PUT_BACK, false, words));
        const { name: cronJob } = identityOf("backup");
        this.watch = { kind: "cron-job", namespace, name: cronJob, withinSeconds: MISSED_NIGHT_SECONDS };
        this.registerOutputs();
    }

    private run(name: string, role: Role, run: Run, init: readonly ContainerSpec[], container: ContainerSpec): void {
        new Workload(
            name,
            {
                identity: identityOf(role),
                namespace: this.args.namespace,
                run,
                runAs: { user: 1000, group: 1000, volumeGroup: 1000 },
                reaches: [this.remote.reachable],
                ...(init.length === 0 ? {} : { init }),
                container,
            },
            { parent: this },
        );
    }

    /** @param readOnly of the configuration; `undefined`: it does not see it. */
    private container(name: string, script: string, readOnly: boolean | undefined, words: Env): ContainerSpec {
        const configuration = { volume: this.args.configuration, path: SHARED, readOnly: readOnly === true };
        return {
            name,
            image: images.rclone,
            command: ["/bin/sh", "-c", script],
            env: { EXCHANGE: "/exchange", SHARED, HOME: "/tmp", ...this.remote.env, ...words },
            resources: { cpu: "50m", memory: { request: "96Mi", limit: "256Mi" } },
            mounts: [
                { volume: EXCHANGE, path: "/exchange" },
                { volume: TEMPORARY, path: "/tmp" },
                ...(readOnly === undefined ? [] : [configuration]),
            ],
        };
    }
}

type Role = "backup" | "restore";

function identityOf(role: Role): Identity {
    const component = `configuration-${role}`;
    return { name: `jellyfin-${component}`, app: "jellyfin", component, partOf: "media" };
}
