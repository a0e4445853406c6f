import * as pulumi from "@pulumi/pulumi";
import { images } from "../../versions";
import {
    Workload,
    type ContainerSpec,
    type Destination,
    type Env,
    type Identity,
    type Mount,
    type Resources,
    type Scratch,
} from "../../workload";
import type { Connection, ConnectionKey, Database } from "../database";
import { ARRIVE, LEAVE } from "./move-script";

/** One end of a move. */
export interface MoveEnd {
    readonly database: Database;
    /** Who runs its server, in the words of the configuration: it is in messages, and in the comment of the database. */
    readonly mode: string;
}

export interface MovedDatabaseArgs {
    readonly from: MoveEnd;
    readonly to: MoveEnd;
    /** Namespace of both. */
    readonly namespace: pulumi.Input<string>;
    /** `app.kubernetes.io/name` and `part-of` of whom the data belongs to. */
    readonly app: string;
    readonly partOf: string;
    /** Room for a dump, a Kubernetes quantity: no less than the database's disk. */
    readonly size: string;
}

const EXCHANGE_PATH = "/exchange";
const TEMPORARY: Scratch = { kind: "scratch", name: "tmp", sizeLimit: "64Mi" };
const RESOURCES: Resources = { cpu: "100m", memory: { request: "128Mi", limit: "512Mi" } };

/**
 * A database that has another server from now on: whoever waits for it gets it with everything that it had before. A job
 * copies it while programs can still read at the old server, which keeps it, closed for writing. Where the job fails the old
 * database is opened again, and nobody is turned to the new one.
 */
export class MovedDatabase extends pulumi.ComponentResource implements Database {
    readonly databaseName: string;
    readonly secretName: pulumi.Input<string>;
    readonly reaches: readonly Destination[];
    readonly ready: pulumi.Resource;
    readonly connection: Connection;
    private readonly to: Database;

    constructor(name: string, args: MovedDatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
        const { from, to, app, partOf } = args;
        super("homelab:data:MovedDatabase", name, { from: from.mode, to: to.mode }, opts);
        this.to = to.database;
        this.databaseName = this.to.databaseName;
        this.secretName = this.to.secretName;
        // An update opens and closes ways at its beginning, and programs stay at the old server until the job is done.
        this.reaches = [...from.database.reaches, ...to.database.reaches];
        this.connection = this.to.connection;
        const component = "database-move";
        const identity: Identity = {
            ...{ name: `${this.databaseName.replaceAll("_", "-")}-${component}`, app, component, partOf },
        };
        const exchange: Scratch = { kind: "scratch", name: "exchange", sizeLimit: args.size };
        const words: Env = { FROM: from.mode, TO: to.mode };
        const job = new Workload(
            name,
            {
                identity,
                namespace: args.namespace,
                // What is refused is for a person to look at; the next `up` makes the job anew.
                run: { kind: "Job", retries: 0, deadlineSeconds: 7200, keepsFailedPods: true },
                runAs: { user: 999, group: 999, volumeGroup: 999 },
                reaches: this.reaches,
                after: [from.database.ready, to.database.ready],
                container: client("arrive", ARRIVE, to.database.connection, exchange, words),
                sidecars: [client("leave", LEAVE, from.database.connection, exchange, words)],
            },
            { parent: this },
        );
        this.ready = job.controller;
        this.registerOutputs();
    }

    env(names: Readonly<Record<ConnectionKey, string>>): Env {
        return this.to.env(names);
    }
}

/** PostgreSQL's programs, connected to one of both. */
function client(
    name: string,
    script: string,
    { env, mounts }: Connection,
    exchange: Scratch,
    words: Env,
): ContainerSpec {
    const places: Mount[] = [
        { volume: exchange, path: EXCHANGE_PATH },
        { volume: TEMPORARY, path: "/tmp" },
    ];
    return {
        name,
        image: images.postgres,
        command: ["/bin/sh", "-c", script],
        env: { EXCHANGE: EXCHANGE_PATH, PATIENCE_SECONDS: "60", ...env, ...words },
        resources: RESOURCES,
        // Each has an authority of its own, by the same name.
        mounts: [...places, ...mounts.map((mount) => ({ ...mount, volume: named(mount, name) }))],
    };
}

function named({ volume }: Mount, container: string): Mount["volume"] {
    return { ...volume, name: `${volume.name}-${container}` };
}
