import * as pulumi from "@pulumi/pulumi";
import { Password, type Database } from "../../data";
import { images } from "../../versions";
import { fromSecret, Workload, type Identity, type PodArgs } from "../../workload";
import { ENTER_KEY } from "./configuration-scripts";
import { PORT, type ServerSettings, type ServerWishes } from "./server-settings";
import type { SettingsProgram } from "./settings-program";

export interface SettingsJobArgs {
    /** The pods. */
    readonly server: Workload;
    readonly replicas: number;
    /** Whether only the last pod gets what is new. */
    readonly canary: boolean;
    readonly program: SettingsProgram;
    readonly settings: ServerSettings;
    readonly wishes: ServerWishes;
    readonly database: Database;
}

/**
 * What can be said to a running server only: the first-run wizard with its administrator, the libraries, and every setting that
 * somebody has changed meanwhile. Runs again when what is wanted changes, and writes nothing where it is so already.
 */
export class SettingsJob extends pulumi.ComponentResource {
    /** Secret with `username` and `password` of the administrator. */
    readonly administrator: pulumi.Output<string>;
    /** Secret with the house's own key to the API, `password`. Every pod knows it. */
    readonly apiKey: pulumi.Output<string>;
    /** Whoever lets people in waits for it: until then the wizard takes anybody. */
    readonly ready: pulumi.Resource;

    constructor(name: string, args: SettingsJobArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:apps:JellyfinSettings", name, { administrator: args.wishes.administrator }, opts);
        const { server, wishes, database } = args;
        const { namespace } = server;
        const { app, partOf } = server.identity;
        const identity: Identity = { name: `${server.identity.name}-settings`, app, component: "settings", partOf };
        const secret = (role: string, more: Readonly<Record<string, string>>) =>
            new Password(
                `${name}-${role}`,
                { secretName: `${server.identity.name}-${role}`, namespace, identity, with: more },
                { parent: this },
            ).secretName;
        this.administrator = secret("administrator", { username: wishes.administrator });
        this.apiKey = secret("api-key", {});
        const job = new Workload(
            `${name}-job`,
            {
                identity,
                namespace,
                after: [server.controller],
                reaches: [server.reachable(), ...database.reaches],
                run: { kind: "Job", retries: 4, deadlineSeconds: 2700 },
                ...this.pod(args),
            },
            { parent: this },
        );
        this.ready = job.controller;
        this.registerOutputs({ administrator: this.administrator });
    }

    private pod(args: SettingsJobArgs): PodArgs {
        const { program, settings, wishes, database } = args;
        const key = fromSecret(this.apiKey, "password");
        return {
            // The group may read the files of the connection, which are closed to others.
            runAs: { user: 1000, group: 1000, volumeGroup: 1000 },
            init: [
                {
                    name: "enter-key",
                    image: images.postgres,
                    command: ["/bin/sh", "-c", ENTER_KEY],
                    env: { ...database.connection.env, API_KEY: key },
                    mounts: database.connection.mounts,
                    resources: { cpu: "10m", memory: { request: "32Mi", limit: "64Mi" } },
                },
            ],
            container: {
                name: "apply",
                image: images.node,
                command: program.command("apply"),
                env: {
                    SERVERS: addresses(args).join(" "),
                    HELD_BACK: `${heldBack(args)}`,
                    SETTINGS: JSON.stringify(settings),
                    LIBRARIES: JSON.stringify(wishes.libraries),
                    ADMINISTRATOR: fromSecret(this.administrator, "username"),
                    ADMINISTRATOR_PASSWORD: fromSecret(this.administrator, "password"),
                    API_KEY: key,
                },
                resources: { cpu: "10m", memory: { request: "64Mi", limit: "192Mi" } },
                mounts: [program.mount],
            },
        };
    }
}

/** How many pods, from the first one, keep the settings that they have: all but the canary. */
function heldBack({ canary, replicas }: SettingsJobArgs): number {
    return canary ? replicas - 1 : 0;
}

/** Each pod by its own name: settings are in the memory of each. */
function addresses({ server, replicas }: SettingsJobArgs): string[] {
    const { name } = server.identity;
    return Array.from({ length: replicas }, (_, ordinal) => `http://${name}-${ordinal}.${name}-pods:${PORT}`);
}
