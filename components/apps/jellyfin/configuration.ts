import type * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../../data";
import { images } from "../../versions";
import { LIBRARY_PATH, type Library } from "../../storage";
import {
    fromPod,
    type ContainerSpec,
    type EnvSource,
    type ExistingClaim,
    type Mount,
    type Resources,
    type Scratch,
} from "../../workload";
import { KEEP, KEPT_FOLDER, OWN_FOLDER, PREPARE } from "./configuration-scripts";
import type { ServerSettings } from "./server-settings";
import type { SettingsProgram } from "./settings-program";

/**
 * Each pod's own folder of configuration. Shared, a file that one pod reads while another writes it is lost: the server takes
 * its defaults then, the open first-run wizard among them, and saves them. In memory, because the image writes the
 * database's password into one of the files.
 */
export const OWN_CONFIGURATION: Scratch = {
    kind: "scratch",
    name: "own-configuration",
    sizeLimit: "16Mi",
    medium: "Memory",
};
const SEEN: Scratch = { kind: "scratch", name: "seen-configuration", sizeLimit: "32Mi" };
const SEEN_FOLDER = "/seen";
/** Where the pod's own folder is while the shared one is seen whole. */
const OWN_ASIDE = "/own";
const KEEP_SECONDS = "5";
const SMALL: Resources = { cpu: "10m", memory: { request: "32Mi", limit: "128Mi" } };

/** What is kept, and nothing else of the shared folder. */
function keptIn(config: ExistingClaim): Mount {
    return { volume: config, path: KEPT_FOLDER, subPath: "kept" };
}

/** Waits for the database, makes folders, and asks whether somebody can log in. */
export function prepareContainer(args: {
    readonly image: pulumi.Input<string>;
    readonly connection: Connection;
    readonly config: ExistingClaim;
    /** Tells it from an earlier one on the same NAS. */
    readonly installation: EnvSource;
    /** Further folders below `/config`. */
    readonly folders: readonly string[];
}): ContainerSpec {
    const folders = args.folders.map((folder) => `mkdir -p "$SHARED/${folder}"\n`).join("");
    return {
        name: "prepare",
        image: args.image,
        command: ["/bin/sh", "-c", `${folders}${PREPARE}`],
        env: {
            ...args.connection.env,
            POD_NAME: fromPod("metadata.name"),
            SHARED: "/config",
            OWN: OWN_ASIDE,
            INSTALLATION: args.installation,
        },
        resources: { cpu: "50m", memory: { request: "64Mi", limit: "256Mi" } },
        mounts: [
            { volume: args.config, path: "/config" },
            { volume: OWN_CONFIGURATION, path: OWN_ASIDE },
            ...args.connection.mounts,
        ],
    };
}

/** Fills the pod's own folder: what people have set, and over it what the house wants. Holds back a release that may not start. */
export function settingsContainer(args: {
    readonly config: ExistingClaim;
    readonly program: SettingsProgram;
    readonly settings: ServerSettings;
    readonly release: string;
    readonly upgradeFrom: string | undefined;
    readonly library: Library;
    /** Folders of the library that must be there. */
    readonly mediaFolders: readonly string[];
    /** Whether the first pod alone runs by itself what is the same for all: scans, previews, the database's upkeep. */
    readonly onePodRunsTasks: boolean;
}): ContainerSpec {
    return {
        name: "settings",
        image: images.node,
        command: args.program.command("prepare"),
        env: {
            POD_NAME: fromPod("metadata.name"),
            OWN: OWN_FOLDER,
            KEPT: KEPT_FOLDER,
            SET_UP_FILE: `${OWN_FOLDER}/.set-up`,
            SETTINGS: JSON.stringify(args.settings),
            RELEASE: args.release,
            UPGRADE_FROM: args.upgradeFrom ?? "",
            MEDIA_FOLDERS: args.mediaFolders.join("\n"),
            ONE_POD_RUNS_TASKS: `${args.onePodRunsTasks}`,
        },
        resources: { cpu: "50m", memory: { request: "64Mi", limit: "192Mi" } },
        mounts: [
            keptIn(args.config),
            { volume: OWN_CONFIGURATION, path: OWN_FOLDER },
            // The only one that writes there: it makes folders.
            { volume: args.library.volume, path: LIBRARY_PATH },
            args.program.mount,
        ],
    };
}

/** Beside the server: what people set there outlives the pod. */
export function keeper(args: {
    readonly image: pulumi.Input<string>;
    readonly config: ExistingClaim;
    readonly installation: EnvSource;
}): ContainerSpec {
    return {
        name: "keep-settings",
        image: args.image,
        command: ["/bin/sh", "-c", KEEP],
        env: {
            POD_NAME: fromPod("metadata.name"),
            OWN: OWN_FOLDER,
            KEPT: KEPT_FOLDER,
            SEEN: SEEN_FOLDER,
            PERIOD: KEEP_SECONDS,
            INSTALLATION: args.installation,
        },
        resources: SMALL,
        mounts: [
            keptIn(args.config),
            { volume: OWN_CONFIGURATION, path: OWN_FOLDER },
            { volume: SEEN, path: SEEN_FOLDER },
        ],
    };
}
