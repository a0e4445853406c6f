import { gpuDemand } from "../../gpu";
import { images } from "../../versions";
import {
    exec,
    fromPod,
    http,
    type ClaimTemplate,
    type Env,
    type EnvSource,
    type ExistingClaim,
    type Mount,
    type PodArgs,
    type Run,
    type Scratch,
} from "../../workload";
import { LIBRARY_PATH } from "../../storage";
import { addedUp } from "./addition";
import type { JellyfinArgs } from "./args";
import { keeper, OWN_CONFIGURATION, prepareContainer, settingsContainer } from "./configuration";
import { OWN_FOLDER } from "./configuration-scripts";
import { releaseOf } from "./release";
import { PORT, type ServerSettings } from "./server-settings";
import type { SettingsProgram } from "./settings-program";
import { sharedState } from "./shared-state";

/** Seconds that a pod which is to end keeps serving: longer than readiness and the route need to notice. */
const DRAIN_SECONDS = 10;
/** While this file is there, the pod is not ready. */
const DRAIN_FILE = "/tmp/drain";

const TEMPORARY: Scratch = { kind: "scratch", name: "tmp", sizeLimit: "2Gi" };
/** Every start deletes and copies the provider; on the shared volume it would take it from under the other pod. */
const DATABASE_PROVIDER: Scratch = { kind: "scratch", name: "database-provider", sizeLimit: "256Mi" };

const PROBES = {
    // Not /health: it says yes while the database is migrated. A first start after an upgrade may take 30 minutes.
    startup: { check: http("/Branding/Configuration"), everySeconds: 2, timeoutSeconds: 3, failures: 900 },
    readiness: {
        check: exec(
            "/bin/sh",
            "-c",
            `test ! -e ${DRAIN_FILE} && exec curl -fsS -m 2 -o /dev/null http://127.0.0.1:${PORT}/Branding/Configuration`,
        ),
        everySeconds: 2,
        timeoutSeconds: 3,
        failures: 2,
    },
    // Answers even when the database is away: a restart of every pod would not bring it back.
    liveness: { check: http("/System/Ping"), everySeconds: 10, timeoutSeconds: 5, failures: 6 },
};

function environment(args: JellyfinArgs): Env {
    return {
        POD_NAME: fromPod("metadata.name"),
        // Never a secret in a JELLYFIN_* variable: Jellyfin prints those at its start.
        JELLYFIN_LOG_DIR: "/config/log/$(POD_NAME)",
        // With one volume for all pods, a folder each: a starting pod deletes every transcode that it finds.
        JELLYFIN_CACHE_DIR: addedUp(args.additions ?? []).sharedCache === undefined ? "/cache" : "/cache/$(POD_NAME)",
        JELLYFIN_PublishedServerUrl: `https://${args.host}`,
        ...args.database.env({
            host: "POSTGRES_HOST",
            port: "POSTGRES_PORT",
            database: "POSTGRES_DB",
            username: "POSTGRES_USER",
            password: "POSTGRES_PASSWORD",
        }),
        ...(args.cache === undefined ? {} : sharedState(args.cache)),
    };
}

function mounts(args: JellyfinArgs, config: ExistingClaim): { mounts: Mount[]; claims: readonly ClaimTemplate[] } {
    const { mounts: added, sharedCache } = addedUp(args.additions ?? []);
    const { cache, claims } = sharedCache === undefined ? ownDisks(args) : oneVolume(sharedCache);
    return {
        claims,
        mounts: [
            { volume: config, path: "/config" },
            { volume: OWN_CONFIGURATION, path: OWN_FOLDER },
            { volume: DATABASE_PROVIDER, path: "/config/plugins/PostgreSQL" },
            ...cache,
            { volume: args.library.volume, path: LIBRARY_PATH, readOnly: true },
            { volume: TEMPORARY, path: "/tmp" },
            ...added,
        ],
    };
}

interface CacheVolumes {
    readonly cache: readonly Mount[];
    readonly claims: readonly ClaimTemplate[];
}

function ownDisks(args: JellyfinArgs): CacheVolumes {
    const transcode = args.block.claimTemplate("scratch", "transcode", args.sizes.transcode);
    const cache = args.block.claimTemplate("scratch", "cache", args.sizes.cache);
    return {
        claims: [transcode, cache],
        cache: [
            // A folder of the volume, not its root: ext4 keeps a lost+found there that is not ours.
            { volume: cache, path: "/cache", subPath: "cache" },
            // Each pod its own: a starting pod deletes every file in it.
            { volume: transcode, path: "/cache/transcodes", subPath: "transcodes" },
        ],
    };
}

function oneVolume(volume: ExistingClaim): CacheVolumes {
    return { claims: [], cache: [{ volume, path: "/cache" }] };
}

/**
 * The pods: how many, what they run, what they see.
 * @param installation tells this one from an earlier one on the same NAS.
 */
export function jellyfinPod(
    args: JellyfinArgs,
    config: ExistingClaim,
    program: SettingsProgram,
    settings: ServerSettings,
    installation: EnvSource,
): PodArgs & { readonly run: Run } {
    const { mounts: all, claims } = mounts(args, config);
    const added = addedUp(args.additions ?? []);
    const env = environment(args);
    const image = args.image?.reference ?? images.jellyfin;
    const release = args.image?.release ?? releaseOf(images.jellyfin) ?? "";
    const gpu = gpuDemand(args.graphics);
    const { cpuMillicores, memoryMiB } = args.resources;
    const { replicas, canary, upgradeFrom } = args;
    // Such an image decides itself which pod runs tasks.
    const sharesState = args.image !== undefined && args.cache !== undefined;
    const mediaFolders = args.server.libraries.flatMap(({ folders }) => folders);
    return {
        ...(args.image?.pullSecret === undefined ? {} : { pullSecrets: [args.image.pullSecret] }),
        run: {
            kind: "StatefulSet",
            replicas,
            minReadySeconds: 3,
            claims,
            ...(canary === true ? { canary } : {}),
        },
        ...gpu.pod,
        requires: { ...gpu.pod.requires, architectures: ["amd64"] },
        graceSeconds: 60,
        runAs: { user: 1000, group: 1000, volumeGroup: 1000 },
        init: [
            prepareContainer({
                ...{ image, connection: args.database.connection, config, installation, folders: added.folders },
            }),
            settingsContainer({
                ...{ config, program, settings, release, upgradeFrom, library: args.library, mediaFolders },
                onePodRunsTasks: replicas > 1 && !sharesState,
            }),
            ...added.init,
        ],
        sidecars: [keeper({ image, config, installation })],
        container: {
            name: "jellyfin",
            image,
            env: { ...env, ...gpu.env, ...added.env },
            resources: {
                cpu: `${cpuMillicores}m`,
                memory: { request: `${Math.ceil(memoryMiB / 2)}Mi`, limit: `${memoryMiB}Mi` },
                devices: gpu.devices,
            },
            mounts: all,
            serves: { ports: { http: PORT }, probes: PROBES },
            // The file outlives the container, not the pod: a restarted container must not begin drained.
            postStart: ["/bin/sh", "-c", `rm -f ${DRAIN_FILE}`],
            // Not ready, but still serving: users are moved to the other pod before this one stops to answer.
            preStop: ["/bin/sh", "-c", `touch ${DRAIN_FILE}; sleep ${DRAIN_SECONDS}`],
        },
    };
}
