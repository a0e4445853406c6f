import { join } from "node:path";
import { Configuration } from "./configuration/configuration";
import { printedVariables, readEnvironment, type Settings } from "./configuration/environment";
import { claimFolders, claimTranscodes, copyProvider } from "./configuration/folders";
import { Database } from "./database/database";
import { migrate } from "./database/schema";
import { validateEncoder } from "./hls/encoder";
import { Transcodes } from "./hls/transcodes";
import { Listener } from "./http/listener";
import { Router } from "./http/router";
import { Library } from "./library/library";
import { VirtualFolders } from "./library/virtual-folders";
import { WatchState } from "./library/watch-state";
import { Log } from "./log";
import { spend } from "./modelled-times";
import { ApiKeys } from "./people/api-keys";
import { Authorization } from "./people/authorization";
import { Devices } from "./people/devices";
import { Sessions } from "./people/sessions";
import { Users } from "./people/users";
import { setupAnswers, untilStarted } from "./phases";
import { reasonOf } from "./reason";
import { configurationRoutes } from "./routes/configuration";
import { itemRoutes } from "./routes/items";
import { peopleRoutes } from "./routes/people";
import { playingRoutes } from "./routes/playing";
import { startupRoutes } from "./routes/startup";
import { publicInfo, systemRoutes } from "./routes/system";
import { videoRoutes } from "./routes/videos";
import { VERSION, type StandIn } from "./stand-in";
import { StartFailure } from "./start-failure";

/** How long requests may go on after a SIGTERM, milliseconds; the rest of the end takes well under two seconds. */
const DRAIN_MS = 8_000;

function assemble(settings: Settings, configuration: Configuration, database: Database, log: Log): StandIn {
    return {
        ...{ settings, configuration, database },
        users: new Users(database),
        devices: new Devices(database),
        keys: new ApiKeys(database),
        sessions: new Sessions(),
        library: new Library(database, settings.folders.library),
        folders: new VirtualFolders(join(settings.folders.data, "root", "default")),
        watched: new WatchState(database),
        transcodes: new Transcodes(configuration.transcodeFolder, settings.ffmpeg, log),
    };
}

function routerOf(standIn: StandIn): Router {
    const { devices, keys, users, sessions, configuration } = standIn;
    return new Router(
        [
            systemRoutes,
            configurationRoutes,
            startupRoutes,
            peopleRoutes,
            playingRoutes,
            itemRoutes,
            videoRoutes,
        ].flatMap((of) => of(standIn)),
        new Authorization(devices, keys, users),
        () => configuration.isWizardCompleted,
        (caller) => sessions.touch(caller),
    );
}

/** Migrates the database; one that refuses ends the start. */
async function prepareDatabase({ database, settings }: StandIn, log: Log): Promise<void> {
    const { host, port, name, user } = settings.database;
    await spend("migration");
    try {
        const applied = await migrate(database, VERSION);
        log.write("INF", "Migrations", applied.length === 0 ? "nothing to apply" : `applied ${applied.join(", ")}`);
    } catch (error) {
        throw new StartFailure(
            `${host}:${port}: database "${name}" cannot be used as user "${user}" (${reasonOf(error)}); see POSTGRES_* and the server's log`,
        );
    }
}

function endOnSignal(standIn: StandIn, listener: Listener, log: Log): void {
    const end = async (signal: NodeJS.Signals) => {
        log.write("INF", "Main", `received ${signal}; no new connections`);
        const isWhole = await listener.drain(DRAIN_MS);
        if (!isWhole) log.write("WRN", "Main", `cut requests that took longer than ${DRAIN_MS} ms`);
        standIn.transcodes.close();
        log.write("INF", "Main", "ended");
        process.exit(0);
    };
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void end(signal));
}

/** In the background, on every replica; one that fails is tried again at the next start. */
async function scan({ library, settings }: StandIn, log: Log): Promise<void> {
    const { library: folder } = settings.folders;
    try {
        log.write("INF", "Library", `${await library.scan()} items in ${folder}`);
    } catch (error) {
        log.write("ERR", "Library", `${folder} was not read to its end: ${reasonOf(error)}`);
    }
}

async function start(log: Log): Promise<void> {
    const settings = readEnvironment(process.env);
    claimFolders(settings.folders, settings.podName);
    log.writeTo(settings.folders.log);
    log.write("INF", "Main", `Jellyfin ${VERSION} (stand-in) starts as ${settings.podName}`);
    for (const variable of printedVariables(process.env)) log.write("INF", "Main", `Environment ${variable}`);
    copyProvider(settings.folders, settings.podName);

    const configuration = new Configuration(settings.folders);
    const database = new Database(settings.database, settings.podName, log);
    const standIn = assemble(settings, configuration, database, log);
    const listener = new Listener(configuration.port, settings.podName, log);
    endOnSignal(standIn, listener, log);

    await listener.open(setupAnswers(() => publicInfo(standIn)));
    await prepareDatabase(standIn, log);
    await listener.close();
    await spend("handOver");

    let isStarted = false;
    const router = routerOf(standIn);
    await listener.open(
        untilStarted(
            () => isStarted,
            (request) => router.answer(request),
        ),
    );
    claimTranscodes(configuration.transcodeFolder, settings.podName);
    const encoder = await validateEncoder(settings.ffmpeg);
    configuration.showEncoder(settings.ffmpeg);
    const tokens = await standIn.devices.load();
    await standIn.library.addTestPicture();
    await spend("coreStart");
    isStarted = true;
    log.write("INF", "Main", `started: ${encoder}; ${tokens} access tokens; listens on ${configuration.port}`);
    void scan(standIn, log);
}

const log = new Log();
start(log).catch((error: unknown) => {
    log.write("FTL", "Main", reasonOf(error));
    process.exit(error instanceof StartFailure ? error.exitCode : 1);
});
